// The pictures of reports in docs/images: node tests/browser/pictures.js
import {rmSync} from "node:fs";
import {join} from "node:path";
import {fileURLToPath} from "node:url";
import {launch, open, tessera, work} from "./support.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const images = join(root, "docs/images");

// From the top of one chart to the end of another.
async function picture(page, first, last, name) {
    const box = async (chart) => page.locator(`figure[data-chart="${chart}"]`).boundingBox();
    const top = await box(first), bottom = await box(last);
    const clip = {x: top.x - 12, y: top.y - 8, width: top.width + 24, height: bottom.y + bottom.height - top.y + 12};
    await page.screenshot({path: join(images, name), clip, fullPage: true});
}

tessera("sweep", join(root, "configs/sweeps/batch-latency.yaml"), "--store", "sweep.db", "-o", "sweep.csv");
tessera("report", "sweep.db", "-o", "sweep.html");
tessera("run", "-a", "gpu", "-w", "resnet50", "-b", "8", "-f", "json", "-o", "one.json", "--trace", "trace.json");
tessera("report", "one.json", "--trace", "trace.json", "--layer", "layer2.0.conv2", "-o", "one.html");
const browser = await launch();
const viewport = {width: 1000, height: 900};
const sweep = await open("sweep.html", {viewport});
await picture(sweep.page, "heatmap", "batch", "report-sweep.png");
const run = await open("one.html", {viewport});
await picture(run.page, "roofline", "timeline", "report-layer.png");
await browser.close();
rmSync(work, {recursive: true, force: true});
