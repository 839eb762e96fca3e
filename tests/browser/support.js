// What the tests of pages share: the program, a folder to work in, a browser. TESSERA names the program,
// CHROMIUM the browser.
import {execFileSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before} from "node:test";
import {fileURLToPath} from "node:url";
import {chromium} from "playwright-core";

const program = process.env.TESSERA || fileURLToPath(new URL("../../build/tessera", import.meta.url));
let browser;

export const work = mkdtempSync(join(tmpdir(), "tessera-report-"));
export const RUN_CHARTS = ["design-time", "design-energy", "roofline", "layer-time", "layer-energy"];

export function tessera(...words) {
    execFileSync(program, words, {cwd: work});
}

export function figures(name) {
    return JSON.parse(readFileSync(join(work, name), "utf8"));
}

export async function open(name, options = {}) {
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
export function marks(page, chart) {
    return page.locator(`figure[data-chart="${chart}"] svg .mark-symbol path, ` +
                        `figure[data-chart="${chart}"] svg .mark-rect path[aria-label]`).count();
}

// What those marks say.
export function hints(page, chart) {
    return page.$$eval(`figure[data-chart="${chart}"] svg path[aria-label]`,
                       (paths) => paths.map((path) => path.getAttribute("aria-label")));
}

// The values of one column, unrounded, by the heading's text.
export function column(page, table, heading) {
    return page.evaluate(([id, title]) => {
        const rows = document.getElementById(id);
        const at = [...rows.querySelectorAll("thead th")].findIndex((cell) => cell.textContent === title);
        return [...rows.querySelectorAll("tbody tr")].map((row) => row.children[at].dataset.value);
    }, [table, heading]);
}

export async function launch() {
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
        args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
               "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    return browser;
}

// `make` writes the pages; a browser is there for all tests of a file.
export function setUp(make) {
    before(async () => {
        await launch();
        make();
    });
    after(async () => {
        await browser?.close();
        rmSync(work, {recursive: true, force: true});
    });
}
