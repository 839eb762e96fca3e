// Reports in a real browser: no error, every chart has marks, tables sort and filter, figures are the
// JSON's. TESSERA names the program, CHROMIUM the browser.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, test} from "node:test";
import {fileURLToPath} from "node:url";
import {chromium} from "playwright-core";

const program = process.env.TESSERA || fileURLToPath(new URL("../../build/tessera", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "tessera-report-"));
const SWEEP = `name: tested
archs: [tpu, eie]
workloads: ["gemm:64,96,128", "fc:512,256"]
axes:
  compute.clock_mhz: [400, 800, 1200]
  batch: [1, 2, 4, 8]
  precision: [int8, int16, bf16]
where: ["arch != eie or precision == int16 or precision == bf16", "arch != tpu or precision != int16"]
`;
const DESIGN_CHARTS = ["latency", "energy", "tradeoff"];
const RUN_CHARTS = ["design-time", "design-energy", "roofline", "layer-time", "layer-energy"];
let browser;

function tessera(...words) {
    execFileSync(program, words, {cwd: work});
}

function figures(name) {
    return JSON.parse(readFileSync(join(work, name), "utf8"));
}

async function open(name, options = {}) {
    const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
    const page = await context.newPage();
    const errors = [], requests = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto("file://" + join(work, name));
    return {page, errors, requests, close: () => context.close()};
}

// Marks that carry data, by chart: Vega labels each with what it is.
function marks(page, chart) {
    return page.locator(`figure[data-chart="${chart}"] svg .mark-symbol path, ` +
                        `figure[data-chart="${chart}"] svg .mark-rect path[aria-label]`).count();
}

// The values of one column, unrounded, by the heading's text.
function column(page, table, heading) {
    return page.evaluate(([id, title]) => {
        const rows = document.getElementById(id);
        const at = [...rows.querySelectorAll("thead th")].findIndex((cell) => cell.textContent === title);
        return [...rows.querySelectorAll("tbody tr")].map((row) => row.children[at].dataset.value);
    }, [table, heading]);
}

before(async () => {
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
        args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
               "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    tessera("run", "-a", "gpu", "-w", "resnet18", "-f", "json", "-o", "one.json");
    tessera("compare", "-a", "cpu", "-a", "gpu", "-a", "tpu", "-a", "eie", "-w", "alexnet", "-b", "3", "-f", "json",
            "-o", "four.json");
    tessera("run", "-a", "ddr4-2400", "-w", "memory:random", "-f", "json", "-o", "probe.json");
    tessera("report", "one.json", "-o", "one.html");
    tessera("report", "four.json", "-o", "four.html");
    tessera("report", "one.json", "four.json", "probe.json", "-o", "mixed.html");
    tessera("report", "probe.json", "-o", "probe.html");
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

after(async () => {
    await browser?.close();
    rmSync(work, {recursive: true, force: true});
});

test("a report of one run draws every chart of it, alone and without an error", async () => {
    const {page, errors, requests, close} = await open("one.html");
    for (const chart of RUN_CHARTS) {
        assert.ok(await marks(page, chart) > 0, `${chart} has marks`);
    }
    assert.equal(await page.locator("#designs").isVisible(), false, "one design has none beside it");
    assert.deepEqual(errors, []);
    assert.equal(requests.filter((url) => !/^(file|data):/.test(url)).length, 0, "nothing from elsewhere");
    await close();
});

test("a report of a comparison draws a mark a design", async () => {
    const {page, errors, close} = await open("four.html");
    for (const chart of DESIGN_CHARTS) {
        assert.equal(await marks(page, chart), 4, chart);
    }
    for (const chart of RUN_CHARTS) {
        assert.ok(await marks(page, chart) > 0, `${chart} has marks`);
    }
    assert.match(await page.locator("#reading").textContent(), /Latency and throughput/);
    assert.deepEqual(errors, []);
    await close();
});

test("figures in the page are those of the JSON", async () => {
    const {page, close} = await open("four.html");
    const {results} = figures("four.json");
    const expect = (key) => results.map((result) => String(result[key]));
    assert.deepEqual(await column(page, "summary-table", "latency"), expect("latency_s"));
    assert.deepEqual(await column(page, "summary-table", "TFLOPS"), expect("tflops"));
    assert.deepEqual(await column(page, "summary-table", "of peak"), expect("utilization"));
    assert.deepEqual(await column(page, "summary-table", "power"), expect("average_power_w"));
    const inside = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).results);
    assert.deepEqual(inside, results);
    for (const index of [0, 2, 3]) {
        await page.selectOption("#design", String(index));
        const layers = results[index].layers;
        assert.deepEqual(await column(page, "layer-table", "layer"), layers.map((layer) => layer.name));
        assert.deepEqual(await column(page, "layer-table", "time"), layers.map((layer) => String(layer.latency_s)));
        assert.deepEqual(await column(page, "layer-table", "energy"),
                         layers.map((layer) => String(layer.energy_j.total)));
        assert.deepEqual(await column(page, "memory-table", "reads"),
                         results[index].memory.map((level) => String(level.reads)));
    }
    await close();
});

test("a trace draws the timelines of its layers", async () => {
    tessera("run", "-a", "gpu", "-w", "resnet18", "-f", "json", "-o", "traced.json", "--trace", "trace.json");
    tessera("report", "traced.json", "--trace", "trace.json", "--layer", "conv1", "--layer", "fc", "-o", "timeline.html");
    const {page, errors, requests, close} = await open("timeline.html");
    assert.ok(await marks(page, "timeline") > 100);
    const units = await page.locator('figure[data-chart="timeline"] svg .role-axis-label text').allTextContents();
    assert.ok(units.includes("unit 0") && units.some((name) => name.startsWith("DRAM channel")));
    const caption = page.locator('figure[data-chart="timeline"] figcaption');
    assert.match(await caption.textContent(), /conv1/);
    await page.selectOption("#timeline-layer", {label: "fc"});
    assert.match(await caption.textContent(), /fc/);
    const hint = await page.locator('figure[data-chart="timeline"] svg .mark-rect path[aria-label]').first()
        .getAttribute("aria-label");
    assert.match(hint, /^unit 0: /);
    assert.deepEqual(errors, []);
    assert.equal(requests.length, 1);
    await close();
});

test("layers sort by any column, by mouse and by keyboard", async () => {
    const {page, close} = await open("one.html");
    const times = figures("one.json").layers.map((layer) => layer.latency_s);
    const heading = page.locator("#layer-table th", {hasText: "time"});
    const falling = [...times].sort((a, b) => b - a).map(String);
    await heading.getByRole("button").click();
    assert.deepEqual(await column(page, "layer-table", "time"), falling);
    assert.equal(await heading.getAttribute("aria-sort"), "descending");
    await heading.getByRole("button").press("Enter");
    assert.deepEqual(await column(page, "layer-table", "time"), falling.reverse());
    assert.equal(await heading.getAttribute("aria-sort"), "ascending");
    await close();
});

test("layers are filtered by words and by what bounds them", async () => {
    const {page, close} = await open("one.html");
    const {layers} = figures("one.json");
    await page.fill("#layer-filter", "layer2 conv");
    const words = layers.filter((layer) => layer.name.includes("layer2") &&
        [layer.name, layer.op, layer.algorithm, layer.ran_on].join(" ").includes("conv"));
    assert.ok(words.length > 0 && words.length < layers.length);
    assert.deepEqual(await column(page, "layer-table", "layer"), words.map((layer) => layer.name));
    const bound = words[0].bound;
    await page.selectOption("#layer-bound", bound);
    const both = words.filter((layer) => layer.bound === bound).map((layer) => layer.name);
    assert.deepEqual(await column(page, "layer-table", "layer"), both);
    assert.match(await page.textContent("#layer-count"), new RegExp(`^${both.length} of ${layers.length} `));
    await page.fill("#layer-filter", "no such layer");
    assert.deepEqual(await column(page, "layer-table", "layer"), []);
    await close();
});

test("a point tells its figures when the mouse is over it", async () => {
    const {page, close} = await open("four.html");
    assert.equal(await page.locator("#hint").isVisible(), false);
    await page.locator('figure[data-chart="tradeoff"] .mark-symbol path').first().hover();
    assert.match(await page.locator("#hint").innerText(), /latency .*s\nenergy of one item .*J/);
    await page.mouse.move(0, 0);
    assert.equal(await page.locator("#hint").isVisible(), false);
    await close();
});

test("results of other work, and probes of memories, stand beside each other", async () => {
    for (const name of ["mixed.html", "probe.html"]) {
        const {page, errors, close} = await open(name);
        const count = name === "mixed.html" ? 6 : 1;
        assert.equal((await column(page, "summary-table", "latency")).length, count);
        for (let index = 0; index < count; index++) {
            await page.selectOption("#design", String(index), {force: true});
        }
        assert.deepEqual(errors, []);
        await close();
    }
});

test("nothing sticks out of a phone, and charts fit again when it is turned", async () => {
    const {page, errors, close} = await open("four.html", {viewport: {width: 360, height: 740}});
    const overhang = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(await overhang() <= 0);
    const cut = await page.evaluate(() => [...document.querySelectorAll("figure svg text")].filter((text) =>
        text.getBoundingClientRect().right > window.innerWidth).map((text) => text.textContent));
    assert.deepEqual(cut, [], "no text is cut off");
    await page.setViewportSize({width: 740, height: 360});
    await page.waitForFunction(() => {
        const chart = document.querySelector('figure[data-chart="roofline"] .chart');
        return chart.querySelector("svg").getBoundingClientRect().width > 500;
    });
    assert.ok(await overhang() <= 0);
    assert.deepEqual(errors, []);
    await close();
});

test("text stands out from the paper in light, dark and print", async () => {
    // WCAG's contrast of ink and of quiet text to paper: 4.5 at least.
    const luminance = (rgb) => {
        const [r, g, b] = rgb.match(/[\d.]+/g).map(Number).map((part) => part / 255)
            .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (const media of [{colorScheme: "light"}, {colorScheme: "dark"}, {media: "print", colorScheme: "dark"}]) {
        const {page, close} = await open("four.html");
        await page.emulateMedia(media);
        const [paper, ...inks] = await page.evaluate(() => [
            getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.body).color,
            getComputedStyle(document.getElementById("subtitle")).color,
            getComputedStyle(document.querySelector("figure svg .role-axis-label text")).fill,
        ]);
        for (const ink of inks) {
            const [dim, bright] = [luminance(paper), luminance(ink)].sort((a, b) => a - b);
            assert.ok((bright + 0.05) / (dim + 0.05) >= 4.5, `${JSON.stringify(media)} ${ink} on ${paper}`);
        }
        await close();
    }
});

// What a store holds, as the sweep's own table says it.
function sweepRows() {
    const [heading, ...lines] = readFileSync(join(work, "sweep.csv"), "utf8").trim().split("\n")
        .map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).map((field) => field.replace(/,$/, "").replace(/^"|"$/g, "")));
    return lines.map((fields) => Object.fromEntries(heading.map((name, i) => [name, fields[i]])));
}

function hints(page, chart) {
    return page.$$eval(`figure[data-chart="${chart}"] svg path[aria-label]`,
                       (paths) => paths.map((path) => path.getAttribute("aria-label")));
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
    const choose = (label, value) => page.locator('figure[data-chart="heatmap"]').getByLabel(label, {exact: true}).selectOption(value);
    await choose("metric", "energy_j.total");
    await choose("machine", {label: "tpu-v3"});
    await choose("network", {label: "gemm:64,96,128"});
    await choose("precision", {label: "bf16"});
    const rows = sweepRows().filter((row) => row.arch === "tpu" && row.workload.startsWith("gemm") && row.precision === "bf16");
    assert.equal(await marks(page, "heatmap"), rows.length);
    const said = await hints(page, "heatmap");
    for (const row of rows) {
        const cell = said.find((text) => text.includes(`batch ${row.batch},`) && text.includes(`clock ${row["compute.clock_mhz"]} MHz`));
        const digits = /energy of the run ([\d.]+) ([a-zµ]?)J/.exec(cell);
        const joules = Number(digits[1]) * {p: 1e-12, n: 1e-9, "µ": 1e-6, m: 1e-3, "": 1}[digits[2]];
        assert.ok(Math.abs(joules / Number(row.energy_j_total) - 1) < 1e-3, `${cell} is ${row.energy_j_total}`);
    }
    // Axes change places when one is chosen for the other.
    const axes = () => page.$$eval('figure[data-chart="heatmap"] svg .role-axis-title text', (texts) => texts.map((t) => t.textContent));
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
    assert.deepEqual(sorted.slice(0, good.length).map(Number), good.map((row) => Number(row.latency_s)).sort((a, b) => a - b));
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

test("a roofline has every ceiling of the machine", async () => {
    const {page, close} = await open("one.html");
    const {arch} = figures("one.json");
    const texts = await page.$$eval('figure[data-chart="roofline"] svg .roof-names text', (all) => all.map((t) => t.textContent));
    for (const ceiling of arch.ceilings) {
        assert.ok(texts.some((text) => text.toLowerCase().startsWith(ceiling.name)), `${ceiling.name} in ${texts}`);
    }
    await close();
});

test("a page of a machine says how far it was from measured", async () => {
    const {page, close} = await open("four.html");
    const said = await page.textContent("#error-sentences");
    for (const name of ["gpu-a100-sxm-80gb", "eie"]) {
        assert.match(said, new RegExp(`${name}: checked against \\d+ reference figures of this machine: mean error`));
    }
    const machines = await column(page, "error-table", "machine"), means = await column(page, "error-table", "mean error");
    const recorded = readFileSync(new URL("../validation/errors.csv", import.meta.url), "utf8").split("\n").map((line) => line.split(","));
    const eie = recorded.filter((fields) => fields[2] === "eie").map((fields) => Number(fields[7]));
    assert.deepEqual(means.filter((_, i) => machines[i] === "eie").map(Number), eie);
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
