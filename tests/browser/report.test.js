// Reports in a real browser: no error, every chart has marks, tables sort and filter, figures are the
// JSON's. TESSERA names the program, CHROMIUM the browser.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, test} from "node:test";
import {fileURLToPath} from "node:url";
import {chromium} from "playwright-core";

const program = process.env.TESSERA || fileURLToPath(new URL("../../build/tessera", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "tessera-report-"));
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
