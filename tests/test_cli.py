"""The command line: every verb, its JSON, its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import numpy as np
import pytest

from gluax import sym
from gluax.cli import main
from gluax.ir.params_reader import read_params
from tests.networks import DIGITS_FILES, digits_block, pictures

FILES = [str(path) for path in DIGITS_FILES]


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *args: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["gluax", *args])
    with pytest.raises(SystemExit) as caught:
        main()
    captured = capsys.readouterr()
    code = caught.value.code
    return (code if isinstance(code, int) else 0), captured.out, captured.err


@pytest.fixture
def gluax(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    return lambda *args: run(capsys, monkeypatch, *args)


def test_check_reports_a_good_model(gluax) -> None:
    code, out, _ = gluax("check", *FILES, "--input", "data=1,1,8,8", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["ok"]
    assert report["inputs"] == ["data"]
    assert {"name": "Convolution", "count": 2, "supported": True} in report["operators"]
    assert report["parameters"] == sum(p.data().size for p in digits_block().collect_params().values())
    # Two convolutions and a dense layer: 2 x (8*8*16*9 + 4*4*32*16*9 + 10*128) = 168,448, less the products with
    # padding, which XLA does not count.
    assert 120_000 < report["flops"] < 200_000
    code, out, _ = gluax("check", *FILES)
    assert code == 0
    assert "gluax runs this model" in out


def test_check_lists_passes(gluax) -> None:
    _, out, _ = gluax("check", *FILES, "--input", "data=1,1,8,8", "--passes", "--json")
    passes = {row["name"]: row for row in json.loads(out)["passes"]}
    assert passes["channels_last"]["changes"]["Convolution"] == -2
    if jax.default_backend() == "cpu":
        assert passes["dense_weights"]["changes"]["_gluax_dense"] == 1
        assert passes["winograd"]["changes"] == {}
    else:
        assert not passes.keys() & {"dense_weights", "winograd"}
    code, out, _ = gluax("check", *FILES, "--passes")
    assert code == 0
    assert "channels_last" in out


def test_check_finds_problems(gluax, tmp_path: Path) -> None:
    text = DIGITS_FILES[0].read_text().replace('"Pooling"', '"StrangePooling"')
    (tmp_path / "odd-symbol.json").write_text(text)
    code, out, _ = gluax("check", str(tmp_path / "odd-symbol.json"), FILES[1], "--json")
    assert code == 1
    assert {"name": "StrangePooling", "count": 2, "supported": False} in json.loads(out)["operators"]
    np.savez(tmp_path / "part.npz", digits_dense0_bias=np.zeros(10, "float32"), stranger=np.zeros(1, "float32"))
    code, out, _ = gluax("check", FILES[0], str(tmp_path / "part.npz"), "--input", "data=1,1,8,8", "--json")
    report = json.loads(out)
    assert code == 1
    assert "digits_conv0_weight" in report["missing"]
    assert report["extra"] == ["stranger"]


def test_names_are_printed_as_they_are(gluax, tmp_path: Path) -> None:
    # Square brackets are markup to rich, and words between colons pictures.
    symbol = sym.FullyConnected(sym.var("x[bold]"), num_hidden=2, no_bias=True, name="fc[red]:bug:")
    files = [str(tmp_path / "odd-symbol.json"), str(tmp_path / "odd.npz")]
    symbol.save(files[0])
    np.savez(files[1], **{"arg:fc[red]:bug:_weight": np.ones((2, 3), "float32")})
    given = ["-i", "x[bold]=1,3"]
    assert "inputs: x[bold]" in gluax("check", *files, *given)[1]
    assert "arg:fc[red]:bug:_weight" in gluax("params", files[1])[1]
    assert "fc[red]:bug:_output" in gluax("run", *files, *given)[1]
    assert "fc[red]:bug:" in gluax("profile", *files, *given, "--runs", "1")[1]


@pytest.mark.parametrize("verb", ["run", "bench", "profile"])
def test_incomplete_files_are_explained(gluax, verb: str, tmp_path: Path) -> None:
    arrays = {f"arg:{name}": parameter.data().asnumpy() for name, parameter in digits_block().collect_params().items()}
    np.savez(tmp_path / "part.npz", **{name: array for name, array in arrays.items() if "conv0_weight" not in name})
    code, out, err = gluax(verb, FILES[0], str(tmp_path / "part.npz"), "-i", "data=1,1,8,8")
    assert (code, out) == (2, "")
    assert "missing in" in err
    assert "digits_conv0_weight" in err
    assert "--input" in err
    assert "SymbolBlock.imports" in err  # allow_missing is an argument of that function, not of the command line


def test_run_writes_outputs(gluax, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", pictures())
    target = tmp_path / "out.npz"
    code, out, _ = gluax("run", *FILES, "-i", f"data={tmp_path / 'x.npy'}", "-o", str(target), "--json")
    assert code == 0
    (row,) = json.loads(out)
    with np.load(target) as file:
        np.testing.assert_allclose(file[row["output"]], digits_block()(pictures()), rtol=1e-5, atol=1e-5)
    code, out, _ = gluax("run", *FILES, "-i", "data=2,1,8,8", "--seed", "3")
    assert code == 0
    assert "(2, 10)" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", *FILES], "missing"),
        (["run", *FILES, "-i", "data=absent.npy"], "absent.npy"),
        (["run", *FILES, "-i", "data"], "NAME=SHAPE"),
        (["run", *FILES, "-i", "picture=1,1,8,8"], "picture"),
        (["run", "absent.json", "-i", "data=1"], "absent.json"),
        (["run", FILES[1], FILES[0], "-i", "data=1"], "digits-0000.params"),
        (["params", FILES[0]], "digits-symbol.json"),
        (["params", FILES[1], "--to", "x.bin"], "x.bin"),
        (["export", *FILES, "-o", "x.bin"], "x.bin"),
        (["export", *FILES, "-o", "x.gluax"], "data"),
        (["export", *FILES, "-o", "x.npz", "-s", "data=1,1,8,8"], "no inputs"),
        (["export", *FILES, "-o", "x.npz", "--platform", "cpu"], "--platform"),
        (["export", *FILES, "-o", "x.onnx", "--platform", "cpu"], "--platform belong to artifacts"),
        (["export", *FILES, "-o", "x.onnx", "--constraint", "n <= 4", "--vjp-order", "1"], "--constraint, --vjp-order"),
        (["export", *FILES, "-o", "x.mlir", "--vjp-order", "1"], "end in .gluax"),
        (["load", FILES[1]], "digits-0000.params"),
    ],
)
def test_mistakes_exit_with_two(gluax, arguments: list[str], message: str) -> None:
    code, out, err = gluax(*arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("error: ")
    assert message in err


def test_bench_reports_all_modes(gluax) -> None:
    code, out, _ = gluax("bench", *FILES, "-i", "data=1,1,8,8", "--runs", "2", "--json")
    assert code == 0
    report = json.loads(out)
    assert set(report["modes"]) == {"eager", "hybridized", "static"}
    assert report["modes"]["eager"]["ratio_to_eager"] == 1
    assert all(row["steady_ms"] > 0 for row in report["modes"].values())
    assert report["modes"]["static"]["compile_ms"] > 0
    assert report["peak_memory_mb"] > 50
    code, out, _ = gluax("bench", *FILES, "-i", "data=1,1,8,8", "--runs", "1")
    assert code == 0
    assert "static" in out


def test_bench_reports_throughput(gluax) -> None:
    arguments = ("bench", *FILES, "-i", "data=2,1,8,8", "--runs", "1", "--batch", "1", "--batch", "5")
    code, out, _ = gluax(*arguments, "--json")
    assert code == 0
    rates = json.loads(out)["rows_per_second"]
    assert set(rates) == {"1", "5"}
    assert all(rate > 0 for rate in rates["5"].values())
    assert "rows per second" in gluax(*arguments)[1]


@pytest.mark.parametrize("ending", ["npz", "params", "safetensors"])
def test_params_lists_and_converts(gluax, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"again.{ending}"
    code, out, _ = gluax("params", FILES[1], "--to", str(target), "--json")
    assert code == 0
    rows = {row["name"]: row for row in json.loads(out)}
    assert rows["arg:digits_dense0_bias"]["shape"] == [10]
    if ending == "safetensors":
        from safetensors.numpy import load_file

        arrays = load_file(target)
    else:
        arrays = read_params(target).arrays
    assert isinstance(arrays, dict)
    for name, expected in read_params(FILES[1]).arrays.items():  # type: ignore[union-attr]
        np.testing.assert_array_equal(arrays[name], expected)


def test_export_and_load_an_artifact(gluax, tmp_path: Path) -> None:
    target, out = tmp_path / "digits.gluax", tmp_path / "out.npz"
    code, text, _ = gluax("export", *FILES, "-o", str(target), "-s", "data=batch,1,8,8", "--json")
    assert code == 0
    assert json.loads(text)["bytes"] == target.stat().st_size
    code, text, _ = gluax("load", str(target), "--json")
    assert code == 0
    report = json.loads(text)
    assert report["inputs"] == ["data"]
    (program,) = report["programs"]
    assert program == {
        "inputs": "float32[batch, 1, 8, 8]", "outputs": "float32[batch, 10]", "platforms": ["cpu", "cuda", "tpu"],
        "differentiable": False,
    }  # fmt: skip
    np.save(tmp_path / "x.npy", pictures())
    code, text, _ = gluax("load", str(target), "-i", f"data={tmp_path / 'x.npy'}", "-o", str(out))
    assert code == 0
    with np.load(out) as file:
        np.testing.assert_allclose(file["output0"], digits_block()(pictures()), rtol=1e-5, atol=1e-5)
    assert "float32[batch" in gluax("load", str(target))[1]


def test_export_other_formats(gluax, tmp_path: Path) -> None:
    text = tmp_path / "digits.mlir"
    assert gluax("export", *FILES, "-o", str(text), "-s", "data=1,1,8,8", "--platform", "cpu")[0] == 0
    assert "stablehlo.convolution" in text.read_text()
    expected = read_params(FILES[1]).arrays
    for name in ("v.safetensors", "v"):
        assert gluax("export", *FILES, "-o", str(tmp_path / name))[0] == 0
        assert gluax("params", str(tmp_path / name), "--to", str(tmp_path / "back.params"))[0] == 0
        found = read_params(tmp_path / "back.params").arrays
        assert isinstance(found, dict)
        assert set(found) == set(expected)
        for key, array in found.items():
            np.testing.assert_array_equal(array, expected[key])  # type: ignore[index]


def test_demo(gluax) -> None:
    code, out, _ = gluax("demo", "--json", "--runs", "2")
    assert code == 0
    result = json.loads(out)
    assert result["images"] == 100
    assert result["accuracy"] >= 0.97
    assert result["largest_difference"] < 1e-4
    code, out, _ = gluax("demo", "--runs", "1")
    assert code == 0
    assert "pictures right" in out
    assert "predicted" in out
