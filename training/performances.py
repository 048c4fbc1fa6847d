"""Performances of the driver bank, written like scores: turns of the head, looks, smiles, blinks.

Angles are relative to the pose of the performer. Turned performers turn towards the camera rather
than away from it. No two performances share a timing. Eyes lead the head: looks come
kinematics.GAZE_LEAD_S before turns.
"""

from everyday_scores import EVERYDAY
from mood_scores import MOODS
from turned_scores import TURNED

PERFORMANCES = EVERYDAY + TURNED + MOODS
"""The first is the default."""
