"""``gluax view``: pictures without Graphviz, and the summary."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from gluax import sym
from gluax.cli.drawing import to_html, to_svg
from gluax.visualization import draw
from tests.networks import DIGITS_FILES
from tests.oracle.visualization_scenarios import NETWORKS
from tests.test_cli import gluax  # noqa: F401  the fixture that runs the command line

SVG = "{http://www.w3.org/2000/svg}"
DIGITS = str(DIGITS_FILES[0])


def boxes(picture: ElementTree.Element) -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right and bottom of each node, by the name that its tooltip tells."""
    found = {}
    for group in picture.iter(f"{SVG}g"):
        title, outline = group[0], group[1]
        number = lambda key, outline=outline: float(outline.attrib[key])  # noqa: E731
        if outline.tag == f"{SVG}rect":
            left, top, width, height = (number(key) for key in ("x", "y", "width", "height"))
            found[title.text or ""] = left, top, left + width, top + height
        else:
            x, y, rx, ry = (number(key) for key in ("cx", "cy", "rx", "ry"))
            found[title.text or ""] = x - rx, y - ry, x + rx, y + ry
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_every_node_and_edge_is_drawn_inside_the_picture(name: str) -> None:
    build, shapes = NETWORKS[name]
    nodes, edges = draw(build(sym), shapes)
    text = to_svg(nodes, edges)
    picture = ElementTree.fromstring(text)
    found = boxes(picture)
    assert list(found) == [node.name for node in nodes]
    width, height = float(picture.attrib["width"]), float(picture.attrib["height"])
    assert all(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height for x0, y0, x1, y1 in found.values())
    for one in found:
        for other in found:
            apart = found[one][2] <= found[other][0] or found[other][2] <= found[one][0]
            assert one >= other or apart or found[one][1] != found[other][1], f"{one} and {other} overlap"
    for edge in edges:
        assert found[edge.reader][3] < found[edge.source][1], f"{edge.reader} must stand above {edge.source}"
        assert not edge.label or f">{edge.label}</text>" in text
    assert len([path for path in picture.iter(f"{SVG}path") if "marker-end" in path.attrib]) == len(edges)


def test_hostile_names_are_only_text() -> None:
    name = '</title><script>alert("x")</script>\x00\ud800&'
    data = sym.var(name)
    nodes, edges = draw(sym.exp(data, name="'\"><a>"))
    for text in to_svg(nodes, edges), to_html(name, nodes, edges, name):
        assert "<script" not in text
        assert "<a>" not in text
        text.encode()
    found = boxes(ElementTree.fromstring(to_svg(nodes, edges)))
    assert list(found) == ['</title><script>alert("x")</script>\ufffd\ufffd&', "'\"><a>"]


def test_nodes_that_share_a_name_are_one() -> None:
    twice = sym.log(sym.exp(sym.var("data"), name="same"), name="same")
    with pytest.warns(RuntimeWarning, match="Repeated names: same"):
        nodes, edges = draw(twice)
    assert list(boxes(ElementTree.fromstring(to_svg(nodes, edges)))) == ["data", "same"]


@pytest.mark.parametrize("ending", [".svg", ".html", ".HTML"])
def test_a_file_is_drawn(gluax, tmp_path: Path, ending: str) -> None:  # noqa: F811
    target = tmp_path / f"net{ending}"
    code, out, _ = gluax("view", DIGITS, "-o", str(target), "--shape", "data=1,1,8,8")
    assert (code, out) == (0, f"{target}\n")
    text = target.read_text()
    assert "Convolution" in text
    assert "1x8x8" in text
    assert ("Total params: " in text) == (ending != ".svg")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert list(tmp_path.iterdir()) == [target]


def test_the_summary_is_printed(gluax) -> None:  # noqa: F811
    code, out, _ = gluax("view", DIGITS, "-s", "data=1,1,8,8")
    assert code == 0
    assert "16x8x8" in out
    total = int(out.split("Total params: ")[1].split()[0])
    assert total == 16 * 9 + 32 * 16 * 9 + 10 * 129 + 2 * (16 + 32)


def test_an_operator_without_an_implementation_is_drawn(gluax, tmp_path: Path) -> None:  # noqa: F811
    odd = tmp_path / "odd-symbol.json"
    odd.write_text(DIGITS_FILES[0].read_text().replace('"Pooling"', '"StrangePooling"'))
    assert gluax("view", str(odd), "-o", str(tmp_path / "odd.svg"))[0] == 0
    code, out, _ = gluax("view", str(odd))
    assert code == 0
    assert "(StrangePooling)" in out
    code, _, err = gluax("view", str(odd), "-s", "data=1,1,8,8")
    assert code == 2
    assert "StrangePooling" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((DIGITS, "-o", "{}/net.gif"), "the format follows from the ending, one of .html, .svg, .png"),
        ((DIGITS, "-o", "{}/net"), "the format follows from the ending"),
        ((DIGITS, "-o", "{}/none/net.svg"), "does not exist"),
        (("{}/none.json",), "none.json"),
        ((DIGITS, "-s", "data=x"), "--shape data=x: expected a shape, such as data=1,3,224,224"),
        ((DIGITS, "-s", "data"), "--shape 'data': expected NAME=SHAPE"),
        ((DIGITS, "-s", "nope=1,2"), "nope"),
        ((DIGITS, "-s", "data=1,1,2,2"), "'digits_pool1_fwd'"),
        ((DIGITS, "-s", "digits_conv0_weight=16,1,3,3"), "Input shape is incomplete"),
    ],
)
def test_misuse(gluax, tmp_path: Path, args: tuple[str, ...], message: str) -> None:  # noqa: F811
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # which arguments lack a shape
        code, out, err = gluax("view", *(arg.format(tmp_path) for arg in args))
    assert code == 2
    assert message in err
    assert out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("block", "message"),
    [("", "a .png needs Graphviz's dot program"), ("graphviz", r"pip install 'gluax[viz]'")],
    ids=["no program", "no package"],
)
def test_png_says_what_it_needs(tmp_path: Path, block: str, message: str) -> None:
    if not block:
        pytest.importorskip("graphviz")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({[block] if block else []!r})); from gluax.cli import main; "
        f"sys.argv = ['gluax', 'view', {DIGITS!r}, '-o', {str(tmp_path / 'net.png')!r}]; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PATH": str(tmp_path)})
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_deep_graph_is_drawn(tmp_path: Path) -> None:
    data = kept = sym.var("data")
    for number in range(1500):
        data = sym.exp(data, name=f"exp{number}")
        kept = data if number == 700 else kept
    found = boxes(ElementTree.fromstring(to_svg(*draw(data + kept))))
    assert len(found) == 1502
    assert json.dumps(found)
