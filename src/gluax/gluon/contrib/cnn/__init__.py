"""Experimental convolution layers, as ``mx.gluon.contrib.cnn``."""

from __future__ import annotations

from gluax.gluon.contrib.cnn.conv_layers import DeformableConvolution, ModulatedDeformableConvolution

__all__ = ["DeformableConvolution", "ModulatedDeformableConvolution"]
