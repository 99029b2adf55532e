"""Losses: predictions, labels, sample weights, other batch axes."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import In
from tests.oracle.gluon_cases import Family

case = Family("losses", lambda mx: mx.gluon.loss)

PRED, WEIGHT = (3, 4), (3, 1)
BINARY = In((3, 4), values=[[0, 1, 1, 0], [1, 0, 0, 1], [1, 1, 1, 0]])
SIGNED = In((3, 4), values=[[-1, 1, 1, -1], [1, -1, -1, 1], [1, 1, 1, -1]])
POSITIVE = In((3, 4), low=0.1, high=0.9)


def elementwise(name: str, label: Any, pred: Any = PRED, **kwargs: Any) -> None:
    """The variations that every loss of a prediction and a label of its size has."""

    def add(kind: str, *inputs: Any, **more: Any) -> None:
        case(f"{name}-{kind}", lambda loss: getattr(loss, name)(**{**kwargs, **more}), *inputs)

    add("default", pred, label)
    add("weighted", pred, label, weight=0.3)
    add("samples", pred, label, WEIGHT)
    add("samples-weighted", pred, label, (3, 4), weight=2.5)
    add("batch-axis", pred, label, batch_axis=1)
    add("prefix", pred, label, prefix="objective_")


elementwise("L2Loss", PRED)
elementwise("L1Loss", PRED)
elementwise("HuberLoss", PRED, rho=0.5)
elementwise("HingeLoss", SIGNED)
elementwise("SquaredHingeLoss", SIGNED, margin=0.7)
elementwise("LogisticLoss", SIGNED)
elementwise("SigmoidBinaryCrossEntropyLoss", BINARY)
elementwise("KLDivLoss", POSITIVE)
elementwise("PoissonNLLLoss", In((3, 4), low=0, high=5))

case("LogisticLoss-binary", lambda loss: loss.LogisticLoss(label_format="binary"), PRED, BINARY)
case("SigmoidBCELoss-from-sigmoid", lambda loss: loss.SigmoidBCELoss(from_sigmoid=True), POSITIVE, BINARY)
case("SigmoidBCELoss-pos-weight", lambda loss: loss.SigmoidBCELoss(), PRED, BINARY, WEIGHT, In((1, 4), low=1, high=3))
case("SigmoidBCELoss-pos-weight-only", lambda loss: loss.SigmoidBCELoss(), PRED, BINARY, None,
     In((1, 4), low=1, high=3))  # fmt: skip
case("SigmoidBCELoss-from-sigmoid-pos-weight", lambda loss: loss.SigmoidBCELoss(True), POSITIVE, BINARY, None,
     In((1, 4), low=1, high=3))  # fmt: skip
case("KLDivLoss-from-scores", lambda loss: loss.KLDivLoss(from_logits=False), PRED, POSITIVE)
case("KLDivLoss-axis", lambda loss: loss.KLDivLoss(from_logits=False, axis=1), (2, 3, 4), In((2, 3, 4), low=0.1))
case("PoissonNLLLoss-not-logits", lambda loss: loss.PoissonNLLLoss(from_logits=False), POSITIVE,
     In((3, 4), low=0, high=5))  # fmt: skip
case("PoissonNLLLoss-full", lambda loss: loss.PoissonNLLLoss(compute_full=True), PRED, In((3, 4), low=0.2, high=5),
     hybrid=False)  # fmt: skip
case("L2Loss-reshapes-label", lambda loss: loss.L2Loss(), (3, 4), (12,))
case("L1Loss-deep", lambda loss: loss.L1Loss(), (2, 3, 4), (2, 3, 4), (2, 3, 1))
for dtype in ("float16", "float64"):
    case(f"L2Loss-{dtype}", lambda loss: loss.L2Loss(), In(PRED, dtype), In(PRED, dtype))
    case(
        f"SoftmaxCELoss-{dtype}", lambda loss: loss.SoftmaxCELoss(), In(PRED, dtype), In((3,), dtype, values=[1, 0, 3])
    )

SPARSE = In((3,), values=[0, 3, 2])
CE = "SoftmaxCrossEntropyLoss"
case(f"{CE}-default", lambda loss: loss.SoftmaxCrossEntropyLoss(), PRED, SPARSE)
case(f"{CE}-int-labels", lambda loss: loss.SoftmaxCrossEntropyLoss(), PRED, In((3,), "int32", values=[0, 3, 2]))
case(f"{CE}-weighted", lambda loss: loss.SoftmaxCrossEntropyLoss(weight=0.5), PRED, SPARSE, WEIGHT)
case(f"{CE}-dense-labels", lambda loss: loss.SoftmaxCrossEntropyLoss(sparse_label=False), PRED, POSITIVE)
case(f"{CE}-from-logits", lambda loss: loss.SoftmaxCrossEntropyLoss(from_logits=True), PRED, SPARSE)
case(f"{CE}-axis", lambda loss: loss.SoftmaxCrossEntropyLoss(axis=1), (2, 3, 4),
     In((2, 4), values=[[0, 1, 2, 0], [2, 1, 1, 0]]))  # fmt: skip
case(f"{CE}-dense-axis", lambda loss: loss.SoftmaxCrossEntropyLoss(axis=1, sparse_label=False), (2, 3, 4),
     In((2, 3, 4), low=0))  # fmt: skip
case(f"{CE}-batch-axis", lambda loss: loss.SoftmaxCrossEntropyLoss(batch_axis=1), (3, 4, 5),
     In((3, 4), "float32", 0, 1))  # fmt: skip

case("TripletLoss-default", lambda loss: loss.TripletLoss(), PRED, PRED, PRED)
case("TripletLoss-margin", lambda loss: loss.TripletLoss(margin=0.1, weight=2.0), PRED, (12,), (3, 2, 2))
case("TripletLoss-batch-axis", lambda loss: loss.TripletLoss(batch_axis=1), PRED, PRED, PRED)
COSINE = In((3,), values=[1, -1, 1])
case("CosineEmbeddingLoss-default", lambda loss: loss.CosineEmbeddingLoss(), PRED, PRED, COSINE)
case("CosineEmbeddingLoss-margin", lambda loss: loss.CosineEmbeddingLoss(margin=0.2, weight=3.0), PRED, PRED, COSINE)
case("CosineEmbeddingLoss-samples", lambda loss: loss.CosineEmbeddingLoss(), PRED, PRED, COSINE, WEIGHT)
case("SDMLLoss-default", lambda loss: loss.SDMLLoss(), PRED, PRED, hybrid=False)
case("SDMLLoss-options", lambda loss: loss.SDMLLoss(smoothing_parameter=0.1, weight=0.5), (4, 3), (4, 3), hybrid=False)

LABELS = In((2, 3), values=[[1, 2, -1], [3, 1, 2]])
case("CTCLoss-default", lambda loss: loss.CTCLoss(), (2, 6, 5), LABELS)
case("CTCLoss-tnc", lambda loss: loss.CTCLoss(layout="TNC"), (6, 2, 5), LABELS)
case("CTCLoss-tn-labels", lambda loss: loss.CTCLoss(label_layout="TN"), (2, 6, 5),
     In((3, 2), values=[[1, 3], [2, 1], [-1, 2]]))  # fmt: skip
case("CTCLoss-lengths", lambda loss: loss.CTCLoss(), (2, 6, 5), In((2, 3), values=[[1, 2, 0], [3, 1, 2]]),
     In((2,), values=[6, 5]), In((2,), values=[2, 3]))  # fmt: skip
case("CTCLoss-pred-lengths", lambda loss: loss.CTCLoss(), (2, 6, 5), LABELS, In((2,), values=[6, 5]))
case("CTCLoss-label-lengths", lambda loss: loss.CTCLoss(), (2, 6, 5), In((2, 3), values=[[1, 2, 0], [3, 1, 2]]), None,
     In((2,), values=[2, 3]))  # fmt: skip
case("CTCLoss-weighted", lambda loss: loss.CTCLoss(weight=0.5), (2, 6, 5), LABELS, None, None, (2,))
