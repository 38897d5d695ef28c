"""The ratios as bars, one for each case and peer; a line marks the same speed, a tick the target."""
from xml.sax.saxutils import escape

ROW, LEFT, WIDTH, TOP = 22, 430, 360, 40


def draw(path, rows):
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
