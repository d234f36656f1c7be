// What moves in the report: the digits over training, the generator, the curves, and figures shown large.
"use strict";

const read = (name) => JSON.parse(document.getElementById(`${name}-data`).textContent);
const byId = (name) => document.getElementById(name);
const frames = read("frames"), curves = read("curves"), generators = read("generators");
const counted = (steps) => `${steps} generator step${steps === 1 ? "" : "s"}`;

// Digits side by side. The methods' epochs differ in length, so that the slider moves over generator steps.
(() => {
  const moments = [...new Set(frames.flatMap((run) => run.sheets.map((sheet) => sheet.steps)))].sort((a, b) => a - b);
  if (moments.length < 2 || frames.every((run) => run.sheets.length < 2)) return;
  const slider = byId("moment"), play = byId("play");
  let timer = 0;
  function show() {
    const steps = moments[slider.value];
    document.querySelectorAll(".frame").forEach((image) => {
      const { title, sheets } = frames[image.dataset.run];
      const sheet = sheets.reduce((best, each) => (Math.abs(each.steps - steps) < Math.abs(best.steps - steps) ? each : best));
      const when = `epoch ${sheet.epoch}, ${counted(sheet.steps)}`;
      image.src = `data:image/png;base64,${sheet.png}`;
      image.alt = `Samples of ${title} at ${when}`;
      image.parentNode.querySelector(".when").textContent = when;
    });
    byId("moment-text").textContent = `about ${counted(steps)}`;
    slider.setAttribute("aria-valuetext", `about ${counted(steps)}`);
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  }
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (+slider.value === moments.length - 1) slider.value = 0;
    show();
    play.textContent = "Stop";
    timer = setInterval(() => {
      slider.value = +slider.value + 1;
      show();
      if (+slider.value === moments.length - 1) stop();
    }, Math.max(80, Math.min(400, 12000 / moments.length)));
  });
  slider.addEventListener("input", () => { stop(); show(); });
  slider.max = moments.length - 1; // first: a value is kept below it
  slider.value = slider.max;
  byId("frame-controls").hidden = false;
  show();
})();

// The generator. z is a point of the plane through a drawn z, kept in the cube that z is drawn from.
(() => {
  if (!generators.length) return;
  byId("draw").hidden = false;
  const [method, digit, next, across, upwards, way] = ["generator", "digit", "next-digit", "across", "upwards", "way"].map(byId);
  const plane = byId("plane"), canvas = byId("drawn"), walk = byId("walk");
  let ends, timer = 0, waiting = false;
  const stored = () => generators[method.value];
  const noise = () => Array.from({ length: stored().z }, () => 2 * Math.random() - 1);
  function another() {
    ends = { z: noise(), last: noise(), u: noise(), v: noise() };
    draw();
  }
  function draw() {
    byId("spot").style.left = `${50 + 50 * across.value}%`;
    byId("spot").style.top = `${50 - 50 * upwards.value}%`;
    if (!waiting) requestAnimationFrame(paint);
    waiting = true;
  }
  function paint() {
    waiting = false;
    const { classes, shape: [channels, height, width] } = stored(), share = +way.value;
    const from = classes.length ? 0 : share; // told a digit, z stands still on the way
    const z = ends.z.map((value, i) =>
      Math.max(-1, Math.min(1, (1 - from) * value + from * ends.last[i] + across.value * ends.u[i] + upwards.value * ends.v[i])));
    const condition = classes.map((_, i) => (1 - share) * (i === +digit.value) + share * (i === +next.value));
    const bytes = Generator.draw(stored(), z, condition), size = height * width;
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    for (let place = 0; place < size; place++) {
      for (let channel = 0; channel < 3; channel++) image.data[4 * place + channel] = bytes[(channels === 3 ? channel : 0) * size + place];
      image.data[4 * place + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    const what = classes.length ? `, of ${classes[+digit.value]}${share ? ` on the way to ${classes[+next.value]}` : ""}` : "";
    canvas.setAttribute("aria-label", `An image drawn by ${stored().title}${what}`);
  }
  function choose() {
    const { classes } = stored();
    stop();
    byId("told").hidden = !classes.length;
    for (const [select, at] of [[digit, 3], [next, 8]])
      select.replaceChildren(...classes.map((name, i) => new Option(name, i, false, i === at % classes.length)));
    another();
  }
  function drag(event) {
    if (event.type === "pointermove" && !event.buttons) return;
    const box = plane.getBoundingClientRect();
    across.value = (2 * (event.clientX - box.left)) / box.width - 1;
    upwards.value = 1 - (2 * (event.clientY - box.top)) / box.height;
    draw();
  }
  plane.addEventListener("pointerdown", (event) => { plane.setPointerCapture(event.pointerId); drag(event); });
  plane.addEventListener("pointermove", drag);
  function stop() {
    clearInterval(timer);
    timer = 0;
    walk.textContent = "Walk";
  }
  for (const input of [across, upwards, digit, next]) input.addEventListener("input", draw);
  way.addEventListener("input", () => { stop(); draw(); });
  method.addEventListener("input", choose);
  byId("another").addEventListener("click", another);
  walk.addEventListener("click", () => {
    if (timer) return stop();
    walk.textContent = "Stop";
    const to = +way.value < 0.5 ? 1 : 0;
    timer = setInterval(() => {
      way.value = to ? +way.value + 0.02 : way.value - 0.02;
      draw();
      if (Math.abs(way.value - to) < 0.01) stop();
    }, 50);
  });
  choose();
})();

// Curves, by uPlot: all runs in one plot. It is drawn in pixels, so for paper it is made as narrow as that.
const PAPER = 660;
(() => {
  if (!curves.runs.length) return;
  byId("curves").hidden = false;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const light = ["#0072b2", "#c04f00", "#00795a", "#a3478a", "#7a6100", "#c00032", "#2f4b9e", "#5a5a5a", "#007f8c", "#7b3fa0"];
  const bright = ["#56b4e9", "#ff9d4d", "#3fd0a4", "#e79fd0", "#e8d44d", "#ff7d93", "#9fb4ff", "#c0c0c0", "#5fdbe8", "#cf9cf5"];
  const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 4]];
  const groups = [...new Set(curves.runs.map((run) => run.group))], seeds = [...new Set(curves.runs.map((run) => run.seed))];
  const color = (group) => (dark.matches ? bright : light)[groups.indexOf(group) % light.length];
  const off = { groups: new Set(), seeds: new Set() };
  const quantity = byId("quantity"), axis = byId("axis"), place = byId("plot");
  let plot = null, shown = [];

  function toggles(name, values, label) {
    for (const value of values) {
      const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true, value });
      const text = document.createElement("label"), swatch = document.createElement("span");
      text.append(box, " ");
      if (name === "groups") { swatch.className = "swatch"; swatch.dataset.group = value; text.append(swatch, " "); }
      text.append(label(value));
      box.addEventListener("change", () => { off[name][box.checked ? "delete" : "add"](value); visible(); });
      byId(name).append(text);
    }
    byId(name).hidden = values.length < 2;
  }
  function visible() {
    shown.forEach((run, i) => plot.setSeries(i + 1, { show: !off.groups.has(run.group) && !off.seeds.has(run.seed) }));
  }
  function draw() {
    const style = getComputedStyle(document.documentElement), ink = style.getPropertyValue("--ink"), line = style.getPropertyValue("--line");
    document.querySelectorAll(".swatch").forEach((swatch) => { swatch.style.background = color(swatch.dataset.group); });
    shown = curves.runs.filter((run) => (run.numbers[quantity.value] || []).some((number) => number !== null));
    const data = uPlot.join(shown.map((run) => [run[axis.value], run.numbers[quantity.value]]));
    const sides = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    const options = {
      width: place.clientWidth, height: 340, scales: { x: { time: false } },
      axes: [{ ...sides, label: axis.selectedOptions[0].text }, { ...sides, size: 64, label: quantity.selectedOptions[0].text }],
      series: [
        { label: axis.selectedOptions[0].text },
        ...shown.map((run) => ({
          label: run.run, stroke: color(run.group), width: 2, dash: dashes[seeds.indexOf(run.seed) % dashes.length], spanGaps: true,
          value: (_, number) => (number === null || number === undefined ? "–" : String(+number.toPrecision(5))),
        })),
      ],
    };
    if (plot) plot.destroy();
    plot = new uPlot(options, data, place);
    visible();
  }
  toggles("groups", groups, String);
  toggles("seeds", seeds, (seed) => `seed ${seed}`);
  quantity.addEventListener("input", draw);
  axis.addEventListener("input", draw);
  dark.addEventListener("change", draw);
  const resize = (width) => plot.setSize({ width, height: 340 });
  addEventListener("resize", () => resize(place.clientWidth));
  addEventListener("beforeprint", () => resize(Math.min(place.clientWidth, PAPER)));
  addEventListener("afterprint", () => resize(place.clientWidth));
  draw();
})();

// Figures, large.
(() => {
  const large = byId("large");
  document.querySelectorAll(".enlarge").forEach((button) => button.addEventListener("click", () => {
    const image = button.querySelector("img");
    large.querySelector("img").src = image.src;
    large.querySelector("img").alt = image.alt;
    large.querySelector("p").textContent = image.alt;
    large.showModal();
  }));
  large.addEventListener("click", (event) => {
    const { left, right, top, bottom } = large.getBoundingClientRect();
    const beside = event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom;
    if (event.target === large && beside) large.close();
  });
})();

// Paper shows what is folded.
(() => {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((each) => { each.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((each) => { each.open = false; }));
})();
