// Two panels side by side, seconds and MiB over the number of packages, all axes logarithmic.

const SERIES = [
  { key: "same", name: "nothing changed", colour: "#1b7f4d" },
  { key: "changed", name: "2 % changed", colour: "#b5561c" },
];
const PANELS = [
  { value: "wall", title: "seconds", ticks: [0.1, 1, 10, 100] },
  { value: "memory", title: "MiB at most", ticks: [50, 100, 200, 400] },
];
const [WIDTH, HEIGHT, LEFT, TOP] = [360, 240, 60, 40];

/** An SVG of what was measured, one entry for each number of packages. */
export function drawPlot(measured) {
  const panels = PANELS.map((panel, index) => drawPanel(panel, measured, index * (WIDTH + LEFT)));
  const legend = SERIES.map(
    ({ name, colour }, index) =>
      `<text x="${LEFT + index * 160}" y="16" fill="${colour}">${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${2 * (WIDTH + LEFT) + 20}" height="${HEIGHT + TOP + 40}" font-family="sans-serif" font-size="12">
<title>How the time and memory of a sync grow with the number of packages</title>
<rect width="100%" height="100%" fill="white"/>
${[...legend, ...panels].join("\n")}
</svg>
`;
}

function drawPanel({ value, title, ticks }, measured, offset) {
  const sizes = measured.map(({ packages }) => packages);
  const x = scale(sizes[0] / 1.2, sizes.at(-1) * 1.2, offset + LEFT, offset + LEFT + WIDTH - 20);
  const all = measured.flatMap((row) => SERIES.map(({ key }) => row[key][value]));
  const shown = [...ticks, ...all];
  const y = scale(Math.min(...shown) / 1.2, Math.max(...shown) * 1.2, TOP + HEIGHT, TOP);
  const lines = SERIES.map(({ key, colour }) => {
    const points = measured.map((row) => `${x(row.packages)},${y(row[key][value])}`);
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.join(" ")}"/>`;
  });
  const across = ticks.map(
    (tick) =>
      `<line x1="${offset + LEFT}" x2="${offset + LEFT + WIDTH - 20}" y1="${y(tick)}" y2="${y(tick)}" stroke="#ddd"/><text x="${offset + LEFT - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
  );
  const below = sizes.map(
    (size) => `<text x="${x(size)}" y="${TOP + HEIGHT + 18}" text-anchor="middle">${size}</text>`,
  );
  const heading = `<text x="${offset + LEFT}" y="${TOP - 6}">${title}</text>`;
  return [heading, ...across, ...below, ...lines].join("\n");
}

function scale(least, most, from, to) {
  const [low, high] = [Math.log(least), Math.log(most)];
  return (value) => Math.round(from + ((Math.log(value) - low) / (high - low)) * (to - from));
}
