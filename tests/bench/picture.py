"""Draws histograms of latencies as an SVG."""

WIDTH, ROW, LEFT = 900, 56, 190


def draw(histograms, path):
    """`histograms`: name -> counts of buckets that grow by a tenth of a decade, starting at 10 µs."""
    last = max(index for counts in histograms.values() for index, count in enumerate(counts) if count) + 1
    step = (WIDTH - LEFT - 20) / last
    height = ROW * len(histograms) + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>']
    for row, (name, counts) in enumerate(histograms.items()):
        base = (row + 1) * ROW
        most = max(counts)
        parts.append(f'<text x="10" y="{base - 6}">{name}</text>')
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{base}" y2="{base}" stroke="#999"/>')
        for index, count in enumerate(counts[:last]):
            if count:
                tall = max(1, count / most * (ROW - 12))
                parts.append(f'<rect x="{LEFT + index * step:.1f}" y="{base - tall:.1f}" width="{step - 1:.1f}" '
                             f'height="{tall:.1f}" fill="#36c"><title>{count}</title></rect>')
    for decade, label in enumerate(("10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s")):
        if decade * 10 <= last:
            x = LEFT + decade * 10 * step
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="6" y2="{height - 40}" stroke="#ddd"/>'
                         f'<text x="{x:.1f}" y="{height - 18}">{label}</text>')
    path.write_text("\n".join([*parts, "</svg>"]))
