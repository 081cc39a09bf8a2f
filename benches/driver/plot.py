"""Bars, written as SVG by hand. The colours follow the reader's light or dark."""

from html import escape

WIDTH, LEFT, RIGHT, ROW, BAR = 860, 260, 130, 20, 13
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 } .small { font-size: 11px; fill: #59636e }
.axis { stroke: #d1d9e0 } .target { stroke: #bc4c00; stroke-dasharray: 4 3 }
.a { fill: #0969da } .b { fill: #80b3e8 } .c { fill: #57606a } .d { fill: #b0b8c1 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .small { fill: #9198a1 } .axis { stroke: #3d444d } .target { stroke: #f0883e }
  .a { fill: #4493f8 } .b { fill: #1f4f8f } .c { fill: #9198a1 } .d { fill: #4f565e }
}
"""


def bars(title, unit, groups, ours=(), targets=()):
    """Groups of horizontal bars: `(name, {measure: value})`; those named in `ours` stand out. `targets` are lines at values."""
    most = max([value for _, values in groups for value in values.values()] + list(targets) + [1e-9])
    scale = (WIDTH - LEFT - RIGHT) / most
    body, y = [], 44
    for name, values in groups:
        name = name.replace("`", "")
        shades = "ab" if f"`{name}`" in ours or name in ours else "cd"
        middle = y + ROW * len(values) / 2 + 4
        body.append(f'<text x="{LEFT - 10}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>')
        for shade, (measure, value) in zip(shades, values.items()):
            width = max(value * scale, 1)
            body.append(f'<rect class="{shade}" x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="{BAR}" rx="2"/>')
            label = spelled(value) + (f" {unit}" if unit else "") + (f" {measure}" if len(values) > 1 else "")
            body.append(f'<text class="small" x="{LEFT + width + 6:.1f}" y="{y + 14}">{escape(label)}</text>')
            y += ROW
        y += 8
    for value in targets:
        x = LEFT + value * scale
        body.append(f'<line class="target" x1="{x:.1f}" x2="{x:.1f}" y1="34" y2="{y}"/>')
    body.append(f'<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="34" y2="{y}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 10}" width="{WIDTH}" height="{y + 10}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>{"".join(body)}</svg>\n'
    )


def spelled(value):
    return (
        f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"
    )
