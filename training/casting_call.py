"""Who sits in the studio: the performers that make_performers.py makes, and how each looks."""

from sitter import Looks

from nostalgia.types import HeadPose

SEPIA, WARM, NEUTRAL, SELENIUM = (
    (1.09, 0.98, 0.84),
    (1.04, 1.0, 0.92),
    (1.01, 1.0, 0.97),
    (1.03, 0.985, 0.95),
)
LOOKS = (
    Looks("front", HeadPose(0, 0, 0), True, "waves", 44, "blouse", 150, SEPIA, 1, 20,
          parting=-0.12),
    Looks("front-low", HeadPose(0, -7, 0), True, "long", 62, "jumper", 92, WARM, 2, 20,
          parting=0.0),
    Looks("front-high", HeadPose(0, 8, 0), False, "parted", 44, "suit", 50, NEUTRAL, 3, 20,
          parting=0.14),
    Looks("left", HeadPose(-14, 0, 0), False, "slick", 40, "waistcoat", 60, SEPIA, 4, 20),
    Looks("right", HeadPose(14, 0, 0), True, "bob", 92, "v-neck", 60, SELENIUM, 5, 20,
          parting=0.09),
    Looks("far-left", HeadPose(-27, 0, 0), True, "chignon", 46, "pearls", 54, WARM, 6, 20,
          parting=0.05),
    Looks("far-right", HeadPose(27, 0, 0), False, "crop", 46, "open shirt", 140, SELENIUM, 7, 20),
    Looks("older-man", HeadPose(0, 0, 0), False, "receding", 150, "waistcoat", 52, SEPIA, 8, 16,
          age=1.0, beard=1.0, backdrop=120),
    Looks("older-woman", HeadPose(-8, -3, 0), True, "bun", 140, "lace", 40, SEPIA, 9, 16,
          age=1.0, backdrop=130),
    Looks("young-man", HeadPose(7, 0, 0), False, "parted", 50, "open shirt", 168, NEUTRAL, 10, 18,
          parting=-0.14, age=-1.0, backdrop=170),
    Looks("young-woman", HeadPose(0, -3, 0), True, "curls", 56, "blouse", 176, WARM, 11, 18,
          parting=0.06, age=-1.0, coloured=True, backdrop=160),
    Looks("tilted-left", HeadPose(-4, 0, -9), True, "chignon", 50, "lace", 46, NEUTRAL, 12, 20,
          parting=0.0, backdrop=140),
    Looks("tilted-right", HeadPose(5, 0, 9), False, "slick", 52, "suit", 66, WARM, 13, 18,
          backdrop=160),
    Looks("half-left-high", HeadPose(-20, 6, 0), False, "parted", 120, "suit", 44, SELENIUM, 14, 18,
          parting=0.13, age=1.0, backdrop=120),
    Looks("half-right-low", HeadPose(20, -6, 0), True, "waves", 82, "pearls", 70, WARM, 15, 20,
          parting=-0.10, coloured=True),
    Looks("profile-left", HeadPose(-35, 0, 0), True, "bun", 48, "blouse", 130, SEPIA, 16, 18),
    Looks("profile-right", HeadPose(35, 0, 0), False, "crop", 60, "waistcoat", 56, SEPIA, 17, 18,
          beard=1.0, backdrop=170),
)  # fmt: skip
