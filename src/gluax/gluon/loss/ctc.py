"""The loss of sequences without alignment."""

from __future__ import annotations

from typing import Any

from gluax.gluon.loss.base import Loss, weighted


class CTCLoss(Loss):
    """Connectionist temporal classification: minus the log-probability of the labels, however they are aligned.

    Predictions are scores, (N, T, classes) or as `layout` says; the last class is blank. Labels, (N, L) or as
    `label_layout` says, are padded with -1. The loss is (N,).

    Args:
      layout: "NTC" or "TNC".
      label_layout: "NT" or "TN".
      weight: a number that multiplies the loss, None for none.

    Raises:
      AssertionError: for other layouts.
    """

    def __init__(
        self, layout: str = "NTC", label_layout: str = "NT", weight: float | None = None, **kwargs: Any
    ) -> None:
        assert layout in ("NTC", "TNC"), f"Only 'NTC' and 'TNC' layouts for pred are supported. Got: {layout}"
        assert label_layout in ("NT", "TN"), f"Only 'NT' and 'TN' layouts for label are supported. Got: {label_layout}"
        self._layout, self._label_layout = layout, label_layout
        super().__init__(weight, label_layout.index("N"), **kwargs)

    def hybrid_forward(
        self,
        F: Any,
        pred: Any,
        label: Any,
        pred_lengths: Any = None,
        label_lengths: Any = None,
        sample_weight: Any = None,
    ) -> Any:
        """The loss; lengths (N,) say how much of each prediction and label counts, `sample_weight` is (N,)."""
        if self._layout == "NTC":
            pred = F.swapaxes(pred, 0, 1)
        if self._batch_axis == 1:
            label = F.swapaxes(label, 0, 1)
        loss = F.CTCLoss(
            pred,
            label,
            pred_lengths,
            label_lengths,
            use_data_lengths=pred_lengths is not None,
            use_label_lengths=label_lengths is not None,
            blank_label="last",
        )
        return weighted(F, loss, self._weight, sample_weight)
