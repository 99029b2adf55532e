"""Op hooks: watching the values inside a compiled graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gluax.context import Context
from gluax.ir.graph import Entry, Graph
from gluax.lowering.program import ABSENT, Program, Step
from gluax.ndarray import NDArray

# MXNet numbers an operator's outputs (``relu0_0``) unless it was registered with names for them (``fc_output``) ...
_NAMED_OUTPUTS = """
    Activation BatchNorm BatchNorm_v1 BilinearSampler Concat Convolution Convolution_v1 Correlation Crop
    Deconvolution Dropout FullyConnected GridGenerator GroupNorm IdentityAttachKLSparseReg InstanceNorm
    L2Normalization LRN LayerNorm LeakyReLU MakeLoss Pad Pooling Pooling_v1 RNN ROIPooling SVMOutput SequenceLast
    SequenceMask SequenceReverse SliceChannel SoftmaxActivation SoftmaxOutput SpatialTransformer SwapAxis UpSampling
    _contrib_DeformableConvolution _contrib_ModulatedDeformableConvolution _contrib_MultiBoxDetection
    _contrib_MultiBoxPrior _contrib_MultiBoxTarget _contrib_MultiProposal _contrib_PSROIPooling _contrib_Proposal
    _contrib_ROIAlign _contrib_SyncBatchNorm _contrib_index_array _contrib_interleaved_matmul_encdec_qk
    _contrib_interleaved_matmul_encdec_valatt _contrib_interleaved_matmul_selfatt_qk
    _contrib_interleaved_matmul_selfatt_valatt _npi_concatenate _npi_dstack _npi_hstack _npi_matmul _npi_std
    _npi_var _rnn_param_concat elemwise_add make_loss softmax softmin
"""
# ... and its inputs (``relu0_input0``) where it was registered without names for these.
_NUMBERED_INPUTS = """
    Activation BlockGrad Cast Flatten Reshape SoftmaxActivation _contrib_AdaptiveAvgPooling2D _contrib_arange_like
    _contrib_bipartite_matching _contrib_box_nms _contrib_div_sqrt_dim _contrib_gradientmultiplier
    _contrib_round_ste _contrib_sign_ste _copy _div_scalar _equal_scalar _greater_equal_scalar _greater_scalar
    _hypot_scalar _image_crop _image_flip_left_right _image_flip_top_bottom _image_resize _lesser_equal_scalar
    _lesser_scalar _logical_and_scalar _logical_or_scalar _logical_xor_scalar _maximum_scalar _minimum_scalar
    _minus_scalar _mod_scalar _mul_scalar _not_equal_scalar _npi_add_scalar _npi_arctan2_scalar _npi_argmax
    _npi_argmin _npi_mod_scalar _npi_multiply_scalar _npi_power_scalar _npi_rarctan2_scalar _npi_rmod_scalar
    _npi_rpower_scalar _npi_rsubtract_scalar _npi_rtrue_divide_scalar _npi_subtract_scalar _npi_true_divide_scalar
    _npx_relu _npx_sigmoid _plus_scalar _power_scalar _rdiv_scalar _rminus_scalar _rmod_scalar _rpower_scalar
    _scatter_minus_scalar _scatter_plus_scalar abs amp_cast arccos arccosh arcsin arcsinh arctan arctanh argmax
    argmin argsort broadcast_axis broadcast_to cast_storage cbrt ceil clip cos cosh degrees erf erfinv exp
    expand_dims expm1 fix floor gamma gammaln hard_sigmoid log log10 log1p log2 logical_not make_loss max mean min
    nanprod nansum negative norm ones_like prod radians rcbrt reciprocal relu rint round rsqrt shape_array sigmoid
    sign sin sinh size_array slice slice_axis smooth_l1 softmin softsign sort sqrt square sum tan tanh topk
    transpose trunc zeros_like
"""
_named_outputs, _numbered_inputs = frozenset(_NAMED_OUTPUTS.split()), frozenset(_NUMBERED_INPUTS.split())


class _Text(str):
    """A name. MXNet hands callbacks bytes, which they decode; this serves those that do and those that don't."""

    __slots__ = ()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The text itself."""
        return str(self)


class Taps:
    """A program's graph with every operator's outputs, and on demand inputs, among its heads.

    Args:
      program: the program to watch.
      monitor_all: whether to watch inputs too.
      hidden: whether to watch hidden outputs too (BatchNorm's statistics), which MXNet does under static_alloc.
      executor: whether to name things as MXNet's executors do: every output by its name, and variables too.
    """

    def __init__(self, program: Program, monitor_all: bool, hidden: bool, executor: bool = False) -> None:
        self._outputs = len(program.graph.heads)
        seen: set[int] | None = set() if executor else None
        watched = [tap for step in program.steps for tap in _taps_of(step, monitor_all, hidden, seen)]
        self._names = [(_Text(name), _Text(operator)) for name, operator, _ in watched]
        self.graph = Graph([*program.graph.heads, *(entry for _, _, entry in watched)])

    def report(
        self, values: Sequence[Any], callback: Callable[[str, str, NDArray], None], ctx: Context | None
    ) -> list[Any]:
        """Call the callback for every watched value, in the order of execution; return the graph's own outputs."""
        for (name, operator), value in zip(self._names, values[self._outputs :]):
            callback(name, operator, value if isinstance(value, NDArray) else NDArray(value, ctx))
        return list(values[: self._outputs])


def _taps_of(step: Step, monitor_all: bool, hidden: bool, seen: set[int] | None) -> Iterator[tuple[str, str, Entry]]:
    """What to watch of a step. With `seen`, the variables met so far: by an executor's names."""
    node, operator, attrs = step.node, step.call.operator, step.call.attrs
    if monitor_all:
        names = operator.input_names(attrs, len(node.inputs))
        numbered = operator.name in _numbered_inputs
        for number, (name, entry) in enumerate(zip(names, node.inputs)):
            if step.sources[number] != ABSENT:
                if seen is not None and entry.node.is_variable and id(entry.node) not in seen:
                    seen.add(id(entry.node))
                    yield entry.node.name, operator.name, entry
                yield f"{node.name}_{f'input{number}' if numbered else name}", operator.name, entry
    count = operator.num_outputs(attrs) if hidden else operator.num_visible(attrs)
    named = seen is not None or operator.name in _named_outputs
    names = operator.names_of_outputs(attrs) if named else map(str, range(count))
    for number, name in zip(range(count), names):
        yield f"{node.name}_{name}", operator.name, Entry(node, number)
