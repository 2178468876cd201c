"""All built-in probes, in the order in which they run."""

from __future__ import annotations

import numpy as np

from echospan.doctor.batches import batch_findings
from echospan.doctor.broadcasts import broadcast_findings
from echospan.doctor.carried_over import carried_over_findings
from echospan.doctor.carrying import carrying_findings
from echospan.doctor.catalogue import Probe
from echospan.doctor.dead_part import dead_part_findings
from echospan.doctor.decoders import decoder_findings
from echospan.doctor.embedding import embedding_findings
from echospan.doctor.examination import Examination
from echospan.doctor.fidelity import fidelity_findings
from echospan.doctor.half_used import half_used_findings
from echospan.doctor.kept_state import kept_state_findings
from echospan.doctor.learning import learning_findings
from echospan.doctor.lengths_wrong import length_findings
from echospan.doctor.loss_fit import loss_fit_findings
from echospan.doctor.losses import loss_findings
from echospan.doctor.padding_changes import padding_findings
from echospan.doctor.padding_scored import padding_scored_findings
from echospan.doctor.reach import DRAWS
from echospan.doctor.repeatable import repeat_findings
from echospan.doctor.rows_meet import where_rows_meet
from echospan.doctor.scale import nan_findings, scale_findings
from echospan.doctor.splits import validation_findings
from echospan.doctor.statistics import relation_not_looked_for
from echospan.doctor.symmetries import symmetry_findings
from echospan.doctor.target_range import target_range_findings
from echospan.doctor.time_scrambled import time_scrambled_findings
from echospan.doctor.trained import trained_findings
from echospan.results.check_report import Finding


def reach_and_data_findings(examination: Examination) -> list[Finding]:
    """Run the clone on random inputs, and say what order, data and reach show together."""
    pairs, probed, fit = examination.pairs, examination.probed, examination.own_fit
    if probed is not None:
        carried = pairs.every[0].call.carries and (fit is None or fit.fit)
        try:
            pairs.probe(carried=carried, known=examination.plan)
        except Exception as error:
            # Whatever a layer of the user's raises: the rest is checked without it.
            told = " ".join(str(error).split())[:160]
            examination.skip(f"reach: the clone failed with {type(error).__name__}: {told}")
        else:
            precision = "double" if probed.adapter.precision == "float64" else "single"
            examination.looked.append(
                f"a clone in {precision} precision under {DRAWS} draws of its weights"
            )
            examination.skipped += pairs.unprobed()
            _leave_out_silenced(examination)
    if pairs.needs().how == "unknown":
        inputs, samples = len(examination.data.sources), examination.data.looked_at
        examination.skipped += relation_not_looked_for(inputs, samples)
    found = pairs.findings(
        planned=examination.plan is not None,
        constant=examination.facts.single_softmax is None,
    )
    return where_rows_meet(examination, found)


def _leave_out_silenced(examination: Examination) -> None:
    """Draw no conclusion where random weights alone keep an output constant.

    A relu at the end may give 0 to all inputs under each draw, and not under the user's weights.
    """
    pairs = examination.pairs
    for target in pairs.targets:
        if not pairs.constant(target):
            continue
        bounds = examination.bounds[target.number : target.number + 1]
        given = examination.given
        moves = given is not None and bool(np.ptp(given.outputs[target.number], axis=0).any())
        if moves or any(each is not None and each.by == "relu" for each in bounds):
            for pair in pairs.every:
                pair.probed = None if pair.target is target else pair.probed
            examination.skip("reach: the random weights that were tried keep the output constant")


PROBES: tuple[Probe, ...] = (
    embedding_findings,
    dead_part_findings,
    repeat_findings,
    fidelity_findings,
    carrying_findings,
    reach_and_data_findings,
    carried_over_findings,
    half_used_findings,
    decoder_findings,
    symmetry_findings,
    time_scrambled_findings,
    loss_findings,
    broadcast_findings,
    loss_fit_findings,
    target_range_findings,
    batch_findings,
    padding_findings,
    padding_scored_findings,
    length_findings,
    validation_findings,
    trained_findings,
    kept_state_findings,
    nan_findings,
    scale_findings,
    learning_findings,
)
