"""Every number of the quality gate, with its unit and its reason; docs/quality.md gives the rates they lead to."""

from __future__ import annotations

# ---- contact ----

FLAT_S = 1.0
"""s without any change that make a stretch flat."""
CLIPPED_S = 0.04
"""s at one and the same extreme value that make a peak clipped: no wave stays on one sample value so long."""
CUT_S = 0.01
"""s at one extreme value that are enough where the lead comes and goes steeply: a QRS complex cut off."""
CUT_STEP = 0.05
"""share of the lead's range that it must change within 4 ms before and after, to be steep; round tops do not."""
CUT_STEP_S = 0.004
"""s of that step."""
CLIPPED_PEAKS = 3
"""clipped peaks in a lead from which it is flagged."""
CLIPPED_SHARE = 0.2
"""share of the lead's whole range by which a clipped value must differ from the median: a quiet baseline that rests
on its last digit is not clipped."""

LOST_MV = 0.03
"""mV that a lead must span in some second to hold a heartbeat at all; ten times less than low voltage."""

# ---- noise; leads of unknown scale are measured in shares of their own usual span in a second ----

SECOND_S = 1.0
"""s of a cell: for each lead and cell there is one number of noise, wander and span."""
BLOCK_S = 10.0
"""s that are filtered at once; mains gets one number a block."""
CONTEXT_S = 1.0
"""s before and after a block that the filters see, mirrored at the ends of a recording."""
LARGEST = 1e9
"""of a sample; what is beyond it, in whatever unit, is cut there, so that its square is still a number."""
WANDER_HZ = 0.5
"""Hz at which the baseline's low pass has fallen to a half."""
WANDER_S = 2.0
"""s within which the baseline's way is measured: about two beats."""
NOISE_HZ = (20.0, 40.0)
"""Hz between which noise is measured: P and T waves have nothing there, nor has the mains."""
NOISE_FS = 80.0
"""Hz of sampling below which too little is left above 20 Hz."""
GRAIN_S = 0.05
"""s of a grain of noise."""
QUIET_SHARE = 0.35
"""share of a second's grains that are quieter than what counts as its noise; QRS complexes, even fast ones, are not."""
NOISY_MV = 0.025
"""mV rms from 20 to 40 Hz: with what noise has above, about 1 mm peak to peak on paper, as large as a P wave."""
NOISY_SHARE = 0.06
"""the same of a lead of unknown scale, as a share of its usual span: of a small lead, 0.4 mV, it is 0.025 mV."""
JUMP_MV = 8.0
"""mV that a lead spans in one second: no QRS complex is so large."""
WANDER_MV = 1.0
"""mV that the baseline goes in two seconds: two large squares, which draws ST segments aslant."""
MAINS_MV = 0.05
"""mV amplitude of the mains: 1 mm peak to peak on paper."""
MAINS_OF_SPAN = 0.05
"""the same of a lead of unknown scale, as a share of its usual span."""
MAINS_SHARE = 0.02
"""share of a lead's power (above 0.5 Hz, wander left out) that mains must have."""
MAINS_PEAK = 10.0
"""times by which the mains must exceed the power of the frequencies beside it: muscle noise is broad."""
MAINS_MARGIN_HZ = 4.0
"""Hz between mains and half the sampling rate that are needed to see both mains and its surroundings."""
JOIN_S = 2.0
"""s without objection that do not part two stretches."""
MOST_STRETCHES = 2
"""stretches of a lead and fault that are told one by one; more become one, with their total."""

# ---- pacing spikes ----

SPIKE_FS = 250.0
"""Hz of sampling below which a spike of 2 ms cannot be told from a wave."""
SPIKE_S = 0.004
"""s from a spike's tip to where it is over."""
AROUND_S = 0.012
"""s from the tip to where nothing is left of it; an R wave is still high there."""
SPIKE_SHARE = 0.75
"""share of its height over the samples 12 ms away that a tip has over those 4 ms away; sharp R waves stay below 0.5."""
SPIKE_MV = 0.06
"""mV (in the middle one of the leads) by which a tip stands out of what is 4 ms before and after."""
SPIKE_RATIO = 5.5
"""times that a tip stands out more than 95 % of all samples do; QRS complexes are among these 5 %."""
SPIKE_APART_S = 0.05
"""s between two spikes; those of atrium and ventricle are farther apart."""
SPIKES = 3
"""spikes from which they may be a pacemaker's."""
SPIKES_A_MINUTE = 25.0
"""rate from which they are one's; single sharp artifacts are rarer."""

# ---- limb leads ----

EINTHOVEN_SHARE = 0.25
"""share of a limb lead's spread by which it may differ from what the others determine."""
EINTHOVEN_FIT = 0.1
"""the same share, below which the remaining leads count as fitting each other when one is left out."""
NEARLY_FLAT_SHARE = 0.15
"""share of the largest limb lead's span that is left in II or III when an arm's cable is on the right leg."""

LIMB_WEIGHTS = {
    "P": {"V1": (-1.4, 1.5, 0.3, 0.1, -0.9, 0.9), "V6": (1.2, 0.3, 1.5, -0.9, -0.7, 1.7)},
    "QRS": {"V1": (-0.9, 0.7, 0.1, 0.4, -0.1, -0.3), "V6": (0.8, 0.4, -0.1, -0.9, 0.4, 0.5)},
    "T": {"V1": (0.0, -0.1, 0.0, 0.1, -0.2, 0.1), "V6": (0.9, 0.2, 0.0, -0.6, 0.1, 0.5)},
}
"""How much it speaks for the cables' being right that I, II, III, aVR, aVL, aVF run alike with V1 and with V6, wave
by wave. A conditional logistic regression (right cables against the five other orders of three) on 1,420 PTB-XL
recordings, standardized lead by lead; rounded."""
LIMB_MARGINS = {("LA", "RA"): 1.0, ("RA", "LL"): 2.0, ("LA", "LL"): 3.5}
"""log odds by which two limb cables exchanged must explain the leads better than none. An exchange of left arm
and left leg changes little, and a heart that lies otherwise looks like it: it takes most."""

# ---- chest leads ----

CHEST_WEIGHTS = {"P": 4.6, "QRS": 9.1, "T": 4.9}
"""How much it speaks for an order of V1 to V6 that neighbors run alike, wave by wave; the same regression, right order
against each exchange of two, on the same 1,420 recordings."""
CHEST_MARGIN = 2.0
"""log odds by which two chest cables exchanged must explain the leads better than none."""

# ---- the typical beat, from which exchanged cables are told ----

BEAT_RECORD_S = 30.0
"""s of the recording that are looked at: cables do not change places."""
BEAT_HZ = (0.7, 35.0)
"""Hz between which a beat's shape is kept."""
QRS_HZ = (8.0, 22.0)
"""Hz where the QRS complex stands out of P, T and noise."""
BEATS = 3
"""beats that are needed."""
BEATS_ALIKE = 0.7
"""correlation with the typical beat that half of the beats must have; below, there is no typical beat."""
WAVES_S = {"P": (-0.24, -0.06), "QRS": (-0.07, 0.08), "T": (0.10, 0.42)}
"""s from the middle of the QRS complex between which each wave is looked for."""
WAVE_FLOOR = 0.05
"""share of the QRS complex's rms below which a wave counts as absent."""

# ---- score and verdict ----

TAKEN_AT_THRESHOLD = 0.1
"""share of a second that noise, wander or mains take when they just reach their threshold."""
TAKEN_WHOLLY = 10.0
"""times its threshold from which noise, wander or mains leave nothing of a second; in between the share grows with the
logarithm."""
LEAST_SCORE = 0.93
"""score below which a recording fails: as much is lost as one lead of twelve."""
