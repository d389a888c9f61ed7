// Draws each chart in the colors of the page: light on paper, else as the reader's system asks for.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const charts = read("charts"), colors = read("colors");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const texts = charts.map((chart) => JSON.stringify(chart));
  const fixed = { displayModeBar: false, responsive: false };

  function draw(inDark) {
    texts.forEach((text, number) => {
      const colored = inDark ? colors.reduce((so_far, [light, other]) => so_far.replaceAll(light, other), text) : text;
      const chart = JSON.parse(colored);
      Plotly.react(`chart-${number}`, chart.data, chart.layout, fixed);
    });
  }

  draw(dark.matches);
  dark.addEventListener("change", () => draw(dark.matches));
  addEventListener("beforeprint", () => { if (dark.matches) draw(false); });
  addEventListener("afterprint", () => { if (dark.matches) draw(true); });
})();
