// Reports of runs and comparisons in a real browser: no error, every chart has marks, tables sort and filter,
// figures are the JSON's.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";
import {column, figures, marks, open, RUN_CHARTS, setUp, tessera} from "./support.js";

const DESIGN_CHARTS = ["latency", "energy", "tradeoff"];

setUp(() => {
    tessera("run", "-a", "gpu", "-w", "resnet18", "-f", "json", "-o", "one.json");
    tessera("compare", "-a", "cpu", "-a", "gpu", "-a", "tpu", "-a", "eie", "-w", "alexnet", "-b", "3", "-f", "json",
            "-o", "four.json");
    tessera("run", "-a", "ddr4-2400", "-w", "memory:random", "-f", "json", "-o", "probe.json");
    tessera("report", "one.json", "-o", "one.html");
    tessera("report", "four.json", "-o", "four.html");
    tessera("report", "one.json", "four.json", "probe.json", "-o", "mixed.html");
    tessera("report", "probe.json", "-o", "probe.html");
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

test("saved figures are the JSON that came in", async () => {
    for (const name of ["one", "four"]) {
        const {page, close} = await open(name + ".html");
        const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
        assert.deepEqual(JSON.parse(readFileSync(await download.path(), "utf8")), figures(name + ".json"));
        await close();
    }
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

test("a roofline has every ceiling of the machine, within its axes", async () => {
    const {page, close} = await open("four.html");
    const {results} = figures("four.json");
    for (const [index, {arch}] of results.entries()) {
        await page.selectOption("#design", String(index));
        const texts = await page.$$eval('figure[data-chart="roofline"] svg .roof-names text', (all) => {
            const plot = document.querySelector('figure[data-chart="roofline"] svg .role-axis-grid').getBoundingClientRect();
            return all.map((text) => {
                const box = text.getBoundingClientRect();
                return {text: text.textContent, inside: box.top >= plot.top - 16 && box.bottom <= plot.bottom + 1};
            });
        });
        for (const ceiling of arch.ceilings) {
            const named = texts.filter(({text}) => text.toLowerCase().startsWith(ceiling.name));
            assert.equal(named.length, 1, `${ceiling.name} of ${arch.name}`);
            assert.ok(named[0].inside, `${named[0].text} of ${arch.name}`);
        }
    }
    await close();
});

test("a page of a machine says how far it was from measured", async () => {
    const {page, close} = await open("four.html");
    const said = await page.textContent("#error-sentences");
    for (const name of ["gpu-a100-sxm-80gb", "eie"]) {
        assert.match(said, new RegExp(`${name}: checked against \\d+ reference figures of this machine: mean error`));
    }
    const machines = await column(page, "error-table", "machine");
    const means = await column(page, "error-table", "mean error");
    const file = readFileSync(new URL("../validation/errors.csv", import.meta.url), "utf8");
    const recorded = file.split("\n").map((line) => line.split(","));
    const eie = recorded.filter((fields) => fields[2] === "eie").map((fields) => Number(fields[7]));
    assert.deepEqual(means.filter((_, i) => machines[i] === "eie").map(Number), eie);
    await close();
});
