// Reports of sweeps in a real browser: every point is there, choosers choose, fronts are fronts, keys do what
// the mouse does; figures are those of the sweep's own table.
import assert from "node:assert/strict";
import {readFileSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {test} from "node:test";
import {column, hints, marks, open, RUN_CHARTS, setUp, tessera, work} from "./support.js";

const SWEEP = `name: tested
archs: [tpu, eie]
workloads: ["gemm:64,96,128", "fc:512,256"]
axes:
  compute.clock_mhz: [400, 800, 1200]
  batch: [1, 2, 4, 8]
  precision: [int8, int16, bf16]
where: ["arch != eie or precision == int16 or precision == bf16", "arch != tpu or precision != int16"]
`;

setUp(() => {
    // EIE has no bf16: those points fail, and the sweep's exit status says so.
    writeFileSync(join(work, "sweep.yaml"), SWEEP);
    try {
        tessera("sweep", "sweep.yaml", "--store", "sweep.db", "-o", "sweep.csv");
    } catch (error) {
        assert.equal(error.status, 1);
    }
    tessera("report", "sweep.db", "-o", "sweep.html", "--details", "9");
    writeFileSync(join(work, "long.yaml"), `name: long
archs: [systolic-array]
workloads: ["gemm:17,23,31"]
axes:
  compute.rows: {from: 2, to: 31, steps: 30}
  compute.columns: {from: 2, to: 16, steps: 15}
`);
    tessera("sweep", "long.yaml", "--store", "long.db", "-o", "long.csv");
    tessera("report", "long.db", "-o", "long.html");
});

// What a store holds, as the sweep's own table says it.
function sweepRows() {
    const [heading, ...lines] = readFileSync(join(work, "sweep.csv"), "utf8").trim().split("\n")
        .map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).map((field) => field.replace(/,$/, "").replace(/^"|"$/g, "")));
    return lines.map((fields) => Object.fromEntries(heading.map((name, i) => [name, fields[i]])));
}

test("a report of a sweep has every point, those that failed too", async () => {
    const {page, errors, requests, close} = await open("sweep.html");
    const rows = sweepRows(), good = rows.filter((row) => row.status === "ok");
    assert.ok(good.length < rows.length, "some points fail");
    for (const chart of ["heatmap", "batch", "tradeoff", ...RUN_CHARTS]) {
        assert.ok(await marks(page, chart) > 0, `${chart} has marks`);
    }
    assert.equal((await column(page, "point-table", "#")).length, rows.length);
    const latencies = await column(page, "point-table", "latency");
    assert.deepEqual(latencies.filter((text) => text !== "null").map(Number), good.map((row) => Number(row.latency_s)));
    const failed = await column(page, "point-table", "error");
    assert.deepEqual(failed.filter(Boolean), rows.map((row) => row.error).filter(Boolean));
    assert.equal((await column(page, "summary-table", "latency")).length, 9, "as many in full as --details says");
    assert.match(await page.textContent("#summary-note"), new RegExp(`9 of the ${rows.length} points`));
    assert.match(await page.textContent("#sweep-reading"), /least latency .*highest throughput .*least energy/);
    assert.deepEqual(errors, []);
    assert.equal(requests.filter((url) => !/^(file|data):/.test(url)).length, 0, "nothing from elsewhere");
    await close();
});

test("the heat map shows the metric, the axes and the values that are chosen", async () => {
    const {page, errors, close} = await open("sweep.html");
    const chart = page.locator('figure[data-chart="heatmap"]');
    const choose = (label, value) => chart.getByLabel(label, {exact: true}).selectOption(value);
    await choose("metric", "energy_j.total");
    await choose("machine", {label: "tpu-v3"});
    await choose("network", {label: "gemm:64,96,128"});
    await choose("precision", {label: "bf16"});
    const rows = sweepRows().filter((row) => row.arch === "tpu" && row.workload.startsWith("gemm") &&
        row.precision === "bf16");
    assert.equal(await marks(page, "heatmap"), rows.length);
    const said = await hints(page, "heatmap");
    for (const row of rows) {
        const clock = `clock ${row["compute.clock_mhz"]} MHz`;
        const cell = said.find((text) => text.includes(`batch ${row.batch},`) && text.includes(clock));
        const digits = /energy of the run ([\d.]+) ([a-zµ]?)J/.exec(cell);
        const said_j = Number(digits[1]) * {p: 1e-12, n: 1e-9, "µ": 1e-6, m: 1e-3, "": 1}[digits[2]];
        assert.ok(Math.abs(said_j / Number(row.energy_j_total) - 1) < 1e-3, `${cell} is ${row.energy_j_total}`);
    }
    // The numbers in the cells are these, rounded to three digits.
    const prefixes = {p: 1e-12, n: 1e-9, "µ": 1e-6, m: 1e-3, J: 1};
    const joules = (text) => Number(/[\d.]+/.exec(text)) * prefixes[/([a-zµJ])J?$/.exec(text)[1]];
    const written = await chart.locator("svg .values text").allTextContents();
    const near = (a, b) => Math.abs(a / b - 1) <= 0.5e-2;
    assert.equal(written.length, rows.length);
    for (const text of written) {
        assert.match(text, /^(\d\.\d\d|\d\d\.\d|\d\d\d) /);
        assert.ok(rows.some((row) => near(joules(text), Number(row.energy_j_total))), `${text} is in the table`);
    }
    // Axes change places when one is chosen for the other.
    const axes = () => chart.locator("svg .role-axis-title text").allTextContents();
    const [across, upwards] = await axes();
    await choose("across", upwards.startsWith("batch") ? "batch" : "compute.clock_mhz");
    assert.deepEqual(await axes(), [upwards, across]);
    // A machine that cannot compute so failed, and says why.
    await choose("machine", {label: "eie"});
    assert.match((await hints(page, "heatmap"))[0], /failed: /);
    await choose("across", "network");
    await choose("upwards", "precision");
    assert.ok(await marks(page, "heatmap") > 1);
    assert.deepEqual(errors, []);
    await close();
});

test("a heat map is read by keyboard alone", async () => {
    const {page, close} = await open("sweep.html");
    const place = page.locator('figure[data-chart="heatmap"] .chart');
    await page.locator('figure[data-chart="heatmap"] select').last().focus();
    await page.keyboard.press("Tab");
    assert.equal(await place.evaluate((node) => node === document.activeElement), true, "Tab reaches the chart");
    await page.keyboard.press("ArrowRight");
    const first = await page.locator("#hint").innerText();
    assert.match(first, /latency .*s/);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    assert.notEqual(await page.locator("#hint").innerText(), first);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#hint").isVisible(), false);
    await close();
});

test("the front is the points that none beats, whatever is better", async () => {
    const {page, close} = await open("sweep.html");
    const chosen = page.locator('figure[data-chart="tradeoff"]');
    await chosen.getByLabel("network", {exact: true}).selectOption({label: "fc:512,256"});
    const rows = sweepRows().filter((row) => row.workload === "fc:512,256" && row.status === "ok");
    for (const [across, upwards, x, y] of [["latency_s", "throughput_per_s", "latency_s", "throughput_per_s"],
                                          ["throughput_per_s", "average_power_w", "throughput_per_s", "average_power_w"]]) {
        await chosen.getByLabel("across", {exact: true}).selectOption(across);
        await chosen.getByLabel("upwards", {exact: true}).selectOption(upwards);
        const sense = (name, value) => name === "throughput_per_s" ? -value : Number(value);
        const front = new Set(rows.filter((row) => !rows.some((other) =>
            sense(x, other[x]) <= sense(x, row[x]) && sense(y, other[y]) <= sense(y, row[y]) &&
            (sense(x, other[x]) < sense(x, row[x]) || sense(y, other[y]) < sense(y, row[y]))))
            .map((row) => `${row[x]} ${row[y]}`));
        const marked = (await hints(page, "tradeoff")).filter((text) => text.includes("on the front"));
        assert.equal(marked.length, front.size, `${x} against ${y}`);
    }
    await close();
});

test("batches stand along a line of each machine, or of each value of another axis", async () => {
    const {page, close} = await open("sweep.html");
    const chart = page.locator('figure[data-chart="batch"]');
    const lines = () => page.locator('figure[data-chart="batch"] svg .mark-line path').count();
    await chart.getByLabel("a line each", {exact: true}).selectOption("precision");
    await chart.getByLabel("machine", {exact: true}).selectOption({label: "tpu-v3"});
    assert.equal(await lines(), 2);
    assert.equal(await marks(page, "batch"), 8);
    assert.match((await hints(page, "batch")).join(), /batch 8/);
    assert.match(await chart.locator(".legend").textContent(), /int8.*bf16/);
    // Points that share a batch have no order along a line.
    await chart.getByLabel("a line each", {exact: true}).selectOption("machine");
    await chart.getByLabel("precision", {exact: true}).selectOption({label: "any"});
    assert.equal(await lines(), 0);
    await close();
});

test("points are sorted and filtered, and one that is shown in full is looked into by a click", async () => {
    const {page, close} = await open("sweep.html");
    const good = sweepRows().filter((row) => row.status === "ok");
    await page.locator("#point-table th", {hasText: /^latency/}).getByRole("button").press("Enter");
    const sorted = await column(page, "point-table", "latency");
    const rising = good.map((row) => Number(row.latency_s)).sort((a, b) => a - b);
    assert.deepEqual(sorted.slice(0, good.length).map(Number), rising);
    assert.ok(sorted.slice(good.length).every((text) => text === "null"), "points that failed come last");
    await page.fill("#point-filter", "eie fc");
    const kept = sweepRows().filter((row) => row.arch === "eie" && row.workload.startsWith("fc")).length;
    assert.equal((await column(page, "point-table", "#")).length, kept);
    assert.match(await page.textContent("#point-count"), new RegExp(`^${kept} of `));
    const best = page.locator('figure[data-chart="tradeoff"] svg path[aria-label*="on the front"]').first();
    const name = (await best.getAttribute("aria-label")).split("\n")[0];
    await best.click();
    const design = await page.locator("#design option:checked").textContent();
    assert.ok(name.split(", ").every((word) => design.includes(word)), `${design} is ${name}`);
    await close();
});

test("the points that a filter leaves are saved as CSV, unrounded", async () => {
    const {page, close} = await open("sweep.html");
    await page.fill("#point-filter", "tpu-v3 gemm");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-points")]);
    const [heading, ...lines] = readFileSync(await download.path(), "utf8").trim().split("\n");
    const at = heading.split(",").indexOf("latency_s");
    const rows = sweepRows().filter((row) => row.arch === "tpu" && row.workload.startsWith("gemm"));
    // The network's name has commas, and is quoted.
    const fields = (line) => line.replace(/"[^"]*"/, "network").split(",");
    assert.deepEqual(lines.map((line) => Number(fields(line)[at])), rows.map((row) => Number(row.latency_s)));
    await close();
});

test("long tables turn pages, and sort as a whole", async () => {
    const {page, close} = await open("long.html");
    assert.equal((await column(page, "point-table", "#")).length, 200);
    assert.match(await page.locator("#points .pages").textContent(), /rows 1 to 200 of 450/);
    await page.getByRole("button", {name: "next 200"}).last().press("Enter");
    await page.getByRole("button", {name: "next 200"}).last().press("Enter");
    assert.deepEqual(await column(page, "point-table", "#"), Array.from({length: 50}, (_, i) => String(401 + i)));
    await page.locator("#point-table th", {hasText: /^#/}).getByRole("button").click();
    await page.locator("#point-table th", {hasText: /^#/}).getByRole("button").click();
    assert.equal((await column(page, "point-table", "#"))[0], "450");
    await close();
});

test("charts and their choosers fit a phone", async () => {
    for (const name of ["sweep.html", "long.html"]) {
        const {page, close} = await open(name, {viewport: {width: 360, height: 740}});
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth) <= 0, name);
        const cut = await page.evaluate(() => [...document.querySelectorAll("figure svg text")].filter((text) =>
            text.getBoundingClientRect().right > window.innerWidth + 1).map((text) => text.textContent));
        assert.deepEqual(cut, [], "no text is cut off");
        await close();
    }
});
