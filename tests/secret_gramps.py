"""The family of `secret_trees` in Gramps XML."""

from xml.sax.saxutils import quoteattr

from secret_words import GROUP, PHOTO, WORD, Secrets


def gramps(words: Secrets) -> str:
    """The family in Gramps XML; every element that can have priv="1" has it somewhere."""

    def text(name: str, place: str) -> str:
        return f"<{name}>{words(place)}</{name}>"

    def event(handle: str, kind: str, when: str, place: str, priv: str = ' priv="1"') -> str:
        told = text("description", f"{place} event.description") if priv else ""
        day = f'<dateval val="{when}"/>'
        if priv and when == "text":
            day = f"<datestr val={quoteattr(words(f'{place} event.datestr'))}/>"
        return (
            f'<event handle="{handle}" id="{handle}"{priv}><type>{kind}</type>{day}{told}</event>'
        )

    def picture(hidden: bool = False) -> str:
        place = "private objref" if hidden else "objref"
        attribute = f'<attribute priv="1" type="Note" value="{words(f"{place}.attribute")}"/>'
        inside = f'{attribute}<citationref hlink="_c1"/><citationref hlink="_c2"/>'
        inside += '<citationref hlink="_c3"/><noteref hlink="_n1"/><noteref hlink="_n2"/>'
        return f'<objref hlink="{"_o3" if hidden else "_o1"}">{inside}</objref>'

    def somebody(
        handle: str, place: str, attributes: str = "", inner: str = "", life: str = ""
    ) -> str:
        name = (
            f"<name>{text('first', f'{place}: first name')}{text('surname', f'{place}: surname')}"
        )
        return (
            f'<person handle="{handle}" id="{handle}"{attributes}>{name}</name>{life}'
            f'<objref hlink="_o4"/>{inner}<attribute type="Job"'
            f' value="{words(f"{place}: attribute")}"/></person>'
        )

    kinds = (
        "Birth", "Death", "Burial", "Baptism", "Census", "Occupation", "Cremation", "Probate",
        "Christening", "Emigration", "Immigration", "Graduation", "Confirmation", "Adopted",
    )  # fmt: skip
    events = [
        event("_e1", "Birth", "1881-05-03", "", ""),
        event("_e2", "Death", "1949-11-20", "", ""),
    ]
    events += [
        event(f"_h{number}", kind, "text" if kind == "Occupation" else "1700", f"private {kind}")
        for number, kind in enumerate(kinds)
    ]
    hidden = "".join(
        f'<eventref hlink="_h{number}" role="Primary"/>' for number in range(len(kinds))
    )
    alias = text("first", "private alternative name") + text(
        "surname", "private alternative surname"
    )
    public = '<eventref hlink="_e1" role="Primary"/><eventref hlink="_e2" role="Primary"/>'
    private = [
        f'<eventref hlink="_e2" priv="1" role="Primary">'
        f'<attribute type="x" value="{words("private eventref.attribute")}"/></eventref>',
        f'<address priv="1">{text("street", "private address.street")}</address>',
        f'<attribute priv="1" type="x" value="{words("private attribute.value")}"/>',
        f'<url priv="1" href="{words("private url.href")}" type="Web"/>',
        f'<lds_ord priv="1" type="baptism"><temple val="{words("private lds_ord")}"/></lds_ord>',
        f'<personref priv="1" hlink="_p3" rel="{words("private personref.rel")}"/>',
        f'<objref hlink="_o5" priv="1">{_attribute("x", words("private objref"))}</objref>',
    ]
    braces = words("name in braces")
    first = (
        f'<person handle="_p1" id="I1"><name priv="1">'
        f"{text('first', 'private preferred name')}{text('surname', 'its surname')}</name>"
        f'<name alt="1"><first>Anna {{{braces}}}</first><surname>Berg</surname></name>'
        f'<name alt="1" priv="1">{alias}</name>{public}{hidden}{"".join(private)}'
        f'{picture()}{picture(hidden=True)}<objref hlink="_o2">'
        f'<region corner1_x="0" corner1_y="0" corner2_x="50" corner2_y="100"/></objref></person>'
    )
    second = (
        '<person handle="_p2" id="I2"><name><first>Karl</first><surname>Berg</surname></name>'
        '<eventref hlink="_h1" role="Primary"/><objref hlink="_o6"/></person>'
    )
    dead = '<eventref hlink="_e2" role="Primary"/>'
    in_group = (
        '<objref hlink="_o2"><region corner1_x="50" corner1_y="0" corner2_x="100" corner2_y="100"/>'
        "</objref>"
    )
    people = [
        first,
        second,
        somebody("_p3", "private person", ' priv="1"', life=dead),
        somebody("_p4", "person with a tag Private", "", '<tagref hlink="_t1"/>', dead),
        somebody("_p5", "person with a tag Living", "", '<tagref hlink="_t2"/>', dead),
        somebody("_p6", "person with an attribute _PRIVATE", "", _attribute("_PRIVATE"), dead),
        somebody("_p7", "person with an attribute _LIVING", "", _attribute("_LIVING"), dead),
        somebody("_p8", "person without a death", "", in_group),
    ]
    families = (
        f'<family handle="_f1" priv="1"><father hlink="_p2"/><mother hlink="_p1"/>'
        f'<attribute type="x" value="{words("private family.attribute")}"/></family>'
        f'<family handle="_f2"><father hlink="_p2"/><childref hlink="_p3" priv="1"/>'
        f'<attribute priv="1" type="x" value="{words("family.attribute")}"/></family>'
    )
    sources = (
        f'<source handle="_s1" priv="1">{text("stitle", "private source.stitle")}'
        f"{text('sauthor', 'private source.sauthor')}{text('spubinfo', 'private source.spubinfo')}"
        f'</source><source handle="_s2"><stitle>Album of the town</stitle>'
        f'<srcattribute priv="1" type="x" value="{words("source.srcattribute")}"/>'
        f'<reporef hlink="_r1"/></source>'
    )
    citations = (
        f'<citation handle="_c1" priv="1">{text("page", "private citation.page")}'
        f'<sourceref hlink="_s2"/></citation><citation handle="_c2">'
        f'{text("page", "citation.page of a private source")}<sourceref hlink="_s1"/></citation>'
        f'<citation handle="_c3"><page>p. 5 [[{words("citation.page in brackets")}]]</page>'
        f'<sourceref hlink="_s2"/></citation>'
    )
    told = f"{{{words('object.description in braces')}}}"
    title = words("private object.description")
    titles = [
        words(f"description of a picture of somebody {kind}") for kind in ("living", "linked")
    ]
    objects = [
        (
            "_o1",
            PHOTO,
            f"At the sea {told}",
            "",
            '<citationref hlink="_c1"/><noteref hlink="_n1"/>',
        ),
        ("_o2", GROUP, "Two of them", "", ""),
        ("_o3", f"{WORD} link.jpg", title, ' priv="1"', ""),
        ("_o4", f"{WORD} zoe.jpg", titles[0], "", ""),
        ("_o5", f"{WORD} link.jpg", titles[1], "", ""),
        ("_o6", PHOTO, "Karl, said to be", "", f'<attribute priv="1" type="x" value="{title}"/>'),
    ]
    notes = (
        f'<note handle="_n1" priv="1">{text("text", "private note.text")}</note>'
        f'<note handle="_n2"><text>in Linz {{{words("note.text in braces")}}}</text></note>'
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<database xmlns="http://gramps-project.org/xml/1.7.1/">'
        f"<header><researcher>{text('resname', 'header.resname')}</researcher></header>"
        '<tags><tag handle="_t1" name="Private"/><tag handle="_t2" name="Living"/></tags>'
        f"<events>{''.join(events)}</events><people>{''.join(people)}</people>"
        f"<families>{families}</families><citations>{citations}</citations>"
        f"<sources>{sources}</sources>"
        f"<objects>{''.join(_object(*each) for each in objects)}</objects>"
        f'<repositories><repository handle="_r1" priv="1">{text("rname", "private repository")}'
        f"</repository></repositories><notes>{notes}</notes></database>"
    )


def _attribute(name: str, value: str = "Y") -> str:
    return f'<attribute type="{name}" value="{value}"/>'


def _object(handle: str, file: str, title: str, attributes: str, inner: str) -> str:
    source = f'<file src={quoteattr(file)} mime="image/jpeg" description={quoteattr(title)}/>'
    return f'<object handle="{handle}" id="{handle[1:]}"{attributes}>{source}{inner}</object>'
