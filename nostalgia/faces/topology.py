"""Index groups of the 478 face landmarks (MediaPipe Face Mesh order: 468, then 5 for each iris).

"image-left" and "image-right" are as the viewer sees an upright, camera-facing face: the
person's right eye is the image-left one.
"""

FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""Outline of the face, from the forehead clockwise in the image."""
UPPER_OVAL = FACE_OVAL[:8] + FACE_OVAL[29:]
"""Part of the outline above the cheeks."""

LEFT_UPPER_LID = (33, 246, 161, 160, 159, 158, 157, 173, 133)
"""Image-left eye, upper lash line, from the outer to the inner corner."""
LEFT_LOWER_LID = (33, 7, 163, 144, 145, 153, 154, 155, 133)
RIGHT_UPPER_LID = (263, 466, 388, 387, 386, 385, 384, 398, 362)
"""Image-right eye, upper lash line, from the outer to the inner corner."""
RIGHT_LOWER_LID = (263, 249, 390, 373, 374, 380, 381, 382, 362)
LEFT_EYE_OUTLINE = LEFT_UPPER_LID + LEFT_LOWER_LID[-2:0:-1]
"""Lash lines of the image-left eye as one closed outline, the upper one first."""
RIGHT_EYE_OUTLINE = RIGHT_UPPER_LID + RIGHT_LOWER_LID[-2:0:-1]
EYE_CORNERS = ((33, 133), (362, 263))
"""Corners of the image-left and of the image-right eye, each from the image-left."""
LID_PAIRS = (((159, 145), (158, 153), (160, 144)), ((386, 374), (385, 380), (387, 373)))
"""Opposite points of the upper and lower lid, image-left and image-right eye; the middle first."""

LEFT_IRIS = (468, 469, 470, 471, 472)
"""Image-left iris: centre, then four points of its outline."""
RIGHT_IRIS = (473, 474, 475, 476, 477)

LEFT_BROW = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55)
"""Image-left brow: upper edge from the outer end, then lower edge from the outer end."""
RIGHT_BROW = (300, 293, 334, 296, 336, 276, 283, 282, 295, 285)

OUTER_UPPER_LIP = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
"""Outer edge of the upper lip, image-left to image-right."""
OUTER_LOWER_LIP = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
OUTER_LIPS = OUTER_LOWER_LIP + OUTER_UPPER_LIP[-2:0:-1]
"""Outline of the lips, from the image-left corner along the lower lip, back along the upper."""
INNER_UPPER_LIP = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
"""Inner edge of the upper lip, image-left to image-right."""
INNER_LOWER_LIP = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
INNER_LIP_MIDDLES = (13, 14)
"""Middle of the inner edge of the upper and of the lower lip."""
MOUTH_CORNERS = (61, 291)

NOSE_TIP = 1
NOSE_BRIDGE = (168, 6, 197, 195)
"""Ridge of the nose, from between the eyes down to above the tip."""
NOSE = (168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 48, 278, 64, 294, 115, 344)
NOSE_OUTLINE = (
    168, 193, 114, 217, 198, 209, 49, 48, 64, 2, 294, 278, 279, 429, 420, 437, 343, 417,
)  # fmt: skip
NOSTRILS = (48, 64, 98, 97, 2, 326, 327, 294, 278, 1)
OUTER_EYE_CORNERS = (33, 263)
INNER_EYE_CORNERS = (133, 362)

RIGID = (
    33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 8, 9, 151, 10, 127, 356, 234, 454, 98, 327, 54, 284,
)  # fmt: skip
"""Points that expression hardly moves: eye corners, nose, forehead, temples, cheek bones."""

FOREHEAD_AND_TEMPLES = (10, 151, 127, 356, 234, 454, 162, 389, 21, 251, 54, 284)

LIPS = tuple(dict.fromkeys(OUTER_LIPS + INNER_UPPER_LIP + INNER_LOWER_LIP))
LEFT_EYE = tuple(dict.fromkeys(LEFT_UPPER_LID + LEFT_LOWER_LID))
RIGHT_EYE = tuple(dict.fromkeys(RIGHT_UPPER_LID + RIGHT_LOWER_LID))
EYES_AND_IRISES = LEFT_EYE + RIGHT_EYE + LEFT_IRIS + RIGHT_IRIS
