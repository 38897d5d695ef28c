"""Charts as SVG: ratios as bars, and how something grows as lines."""
from math import ceil, floor, log10
from xml.sax.saxutils import escape

ROW, LEFT, WIDTH, TOP = 22, 430, 360, 40


def draw(path, rows):
    """A bar for each case and peer; a line marks the same speed, a tick the target."""
    greatest = max([row["ratio"] for row in rows] + [row["case"].target for row in rows] + [1]) * 1.1
    height = TOP + ROW * len(rows) + 30

    def at(ratio):
        return LEFT + WIDTH * ratio / greatest

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 60}" height="{height}" '
             'font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="{LEFT}" y="20">how many times as fast as the peer (line: 1, tick: target)</text>']
    for number, row in enumerate(rows):
        top, case = TOP + ROW * number, row["case"]
        label = escape(f"{case.name}, {row['peer']}")
        parts.append(f'<text x="{LEFT - 8}" y="{top + 13}" text-anchor="end">{label}</text>')
        end, colour = at(row["ratio"]), "#4878a8" if row["ratio"] >= 1 else "#b85450"
        parts.append(f'<rect x="{LEFT}" y="{top + 2}" width="{end - LEFT:.1f}" height="{ROW - 7}" '
                     f'fill="{colour}"/>')
        parts.append(f'<text x="{end + 5:.1f}" y="{top + 13}">{row["ratio"]:.2f}</text>')
        if case.target:
            x = at(case.target)
            parts.append(f'<path d="M{x:.1f} {top}V{top + ROW - 3}" stroke="black" stroke-width="2"/>')
    parts.append(f'<path d="M{at(1):.1f} {TOP - 5}V{height - 25}" stroke="gray"/></svg>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n")


PANEL_WIDTH, PANEL_HEIGHT, MARGIN = 330, 220, 55
COLOURS = ["#b85450", "#4878a8"]


def scale(values, low, high):
    """From numbers to places on a logarithmic axis."""
    least, most = log10(min(values)), log10(max(values))
    return lambda value: low + (high - low) * (log10(value) - least) / (most - least)


def round_numbers(values):
    """1, 2 and 5 times powers of ten between the least and the greatest."""
    least, most = min(values), max(values)
    powers = range(floor(log10(least)), ceil(log10(most)) + 1)
    return [n * 10 ** p for p in powers for n in (1, 2, 5) if least <= n * 10 ** p <= most]


def panel(left, top, title, unit, lines):
    """Lines in a logarithmic frame: what grows in proportion is straight and as steep as every other."""
    xs, ys = ([point[i] for _, points in lines for point in points] for i in (0, 1))
    x_at = scale(xs, left + MARGIN, left + PANEL_WIDTH - 15)
    y_at = scale(ys, top + PANEL_HEIGHT - 30, top + 45)
    yield f'<text x="{left + MARGIN}" y="{top + 18}" font-weight="bold">{escape(title)}</text>'
    yield f'<text x="{left + MARGIN}" y="{top + 33}">{escape(unit)}</text>'
    for x in sorted(set(xs)):
        yield f'<text x="{x_at(x):.1f}" y="{top + PANEL_HEIGHT - 12}" text-anchor="middle">{x}</text>'
    for y in round_numbers(ys):
        yield f'<text x="{left + MARGIN - 8}" y="{y_at(y) + 4:.1f}" text-anchor="end">{y:g}</text>'
        yield f'<path d="M{left + MARGIN} {y_at(y):.1f}H{left + PANEL_WIDTH - 15}" stroke="#ddd"/>'
    for (_, points), colour in zip(lines, COLOURS):
        path = "L".join(f"{x_at(x):.1f} {y_at(y):.1f}" for x, y in points)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in points:
            yield f'<circle cx="{x_at(x):.1f}" cy="{y_at(y):.1f}" r="3" fill="{colour}"/>'


def draw_lines(path, panels):
    """`panels`: title, unit and lines, each a label and points; two panels a row."""
    width, height = 2 * PANEL_WIDTH + 10, (len(panels) + 1) // 2 * PANEL_HEIGHT + 30
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             'font-family="sans-serif" font-size="11">', '<rect width="100%" height="100%" fill="white"/>']
    for number, content in enumerate(panels):
        parts += panel(number % 2 * PANEL_WIDTH, number // 2 * PANEL_HEIGHT, *content)
    for number, (label, _) in enumerate(panels[0][2]):
        parts.append(f'<text x="{MARGIN + 90 * number}" y="{height - 10}" fill="{COLOURS[number]}">'
                     f'{escape(label)}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([*parts, "</svg>"]) + "\n")
