"""The performances of the driver bank, written like music: when the head turns, where the eyes go, when she smiles.

Angles are relative to the pose of the performer. Turned performers turn towards the camera rather
than away from it. No two share a timing. Eyes lead the head (kinematics.GAZE_LEAD_S): looks come
that much before turns.
"""

from everyday_scores import EVERYDAY
from mood_scores import MOODS
from turned_scores import TURNED

PERFORMANCES = EVERYDAY + TURNED + MOODS
"""The first is the default."""
