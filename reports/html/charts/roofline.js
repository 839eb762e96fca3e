/* The roofline of one design: layers as points under what arithmetic and memories allow. */

/* Operations a byte of DRAM traffic, and TFLOPS; layers without multiply-accumulates have neither. */
function rooflinePoints(result) {
    return result.layers.filter(function (layer) { return layer.effective_macs > 0 && layer.tflops > 0; })
        .map(function (layer) {
            var bytes = layer.dram_read_bytes + layer.dram_write_bytes;
            return {name: layer.name, op: layer.op, bound: layer.bound, time: layer.latency_s, bytes: bytes,
                    tflops: layer.tflops, intensity: bytes > 0 ? 2 * layer.effective_macs / bytes : null};
        });
}

/* A probe of a memory computes nothing: it has no roofline. */
function hasRoofline(result) {
    return result.arch.peak_tflops > 0 && rooflinePoints(result).length > 0;
}

/* [{name, tflops} or {name, gbps}]; a result of an older program names none but has the outermost two. */
function ceilingsOf(result) {
    if (result.arch.ceilings && result.arch.ceilings.length > 0) {
        return result.arch.ceilings;
    }
    var dram = result.arch.memory_bandwidth_gbps;
    return [{name: "peak", tflops: result.arch.peak_tflops}].concat(dram > 0 ? [{name: "dram", gbps: dram}] : []);
}

/* Limits of both axes: whole decades around the points, all of the roof's levels and every ridge. */
function rooflineLimits(points, levels, ridges) {
    var xs = points.map(function (p) { return p.intensity; }).filter(Boolean).concat(ridges);
    var ys = points.map(function (p) { return p.tflops; }).concat(levels);
    if (xs.length === 0) {
        xs = [1, 100];
    }
    return {x: [Math.pow(10, Math.floor(Math.log10(least(xs)) - 0.15)),
                Math.pow(10, Math.ceil(Math.log10(greatest(xs)) + 0.15))],
            y: [Math.pow(10, Math.floor(Math.log10(least(ys)))), greatest(ys) * 2]};
}

/* A level part of the roof, from where DRAM reaches it to the right edge. */
function levelLine(ceiling, peak, dram, limits, unit) {
    var left = dram ? Math.max(limits.x[0], ceiling.tflops / dram) : limits.x[0];
    var strong = ceiling.tflops === peak;
    function at(x) { return {line: ceiling.name, x: x, y: ceiling.tflops, strong: strong, dash: !strong}; }
    return {ends: [at(left), at(limits.x[1])],
            label: {x: limits.x[1], y: ceiling.tflops, dx: -4, align: "right",
                    text: ceiling.name + " " + si(ceiling.tflops * 1e12, unit)}};
}

/* A slope, from the floor or the left edge to the highest part of the roof; null when it lies outside. */
function slopeLine(ceiling, peak, limits) {
    var rate = ceiling.gbps / 1e3, strong = ceiling.name === "dram";
    var left = Math.max(limits.x[0], limits.y[0] / rate), right = peak / rate;
    if (right <= left) {
        return null;
    }
    function at(x) { return {line: ceiling.name, x: x, y: x * rate, strong: strong, dash: !strong}; }
    /* Room for the words, wherever the slope comes in. */
    var start = at(left * Math.pow(right / left, 0.08));
    return {ends: [at(left), at(right)],
            label: {x: start.x, y: start.y, dx: 0, align: "left", slope: true,
                    text: (strong ? "DRAM" : ceiling.name) + " " + si(ceiling.gbps * 1e9, "B/s")}};
}

function rooflineOf(result, unit) {
    var points = rooflinePoints(result), ceilings = ceilingsOf(result);
    var levels = ceilings.map(function (c) { return c.tflops; }).filter(Boolean), peak = greatest(levels);
    var memory = ceilings.filter(function (c) { return c.name === "dram"; })[0], dram = memory && memory.gbps / 1e3;
    var limits = rooflineLimits(points, levels, ceilings.filter(function (c) { return c.gbps; }).map(function (c) {
        return peak / (c.gbps / 1e3);
    }));
    points.forEach(function (point) { point.x = point.intensity || limits.x[1]; });
    var lines = ceilings.map(function (ceiling) {
        return ceiling.tflops ? levelLine(ceiling, peak, dram, limits, unit) : slopeLine(ceiling, peak, limits);
    }).filter(Boolean);
    /* Where slopes of on-chip memories end, the roof goes on to the left. */
    var ridges = lines.map(function (l) { return l.ends[1]; }).filter(function (end) {
        return end.dash && end.y === peak;
    }).map(function (end) { return end.x; });
    if (dram && ridges.length > 0 && least(ridges) < peak / dram) {
        lines.push({ends: [least(ridges), peak / dram].map(function (x) {
            return {line: "roof", x: x, y: peak, strong: false, dash: true};
        }), label: {x: peak / dram, y: peak, dx: 0, align: "left", text: ""}});
    }
    return {points: points, limits: limits, lines: [].concat.apply([], lines.map(function (l) { return l.ends; })),
            labels: lines.map(function (l) { return l.label; }),
            caches: ceilings.some(function (c) { return c.gbps && c.name !== "dram"; })};
}

function boundColor(bound) {
    var part = TIME_PARTS.filter(function (each) { return each[0] === bound; })[0];
    return part ? part[1] : "#999999";
}

function rooflineNote(result, roof) {
    var without = result.layers.length - roof.points.length;
    var inside = roof.points.filter(function (point) { return point.intensity === null; }).length;
    var notes = ["a point a layer, its size the time, its colour what bounds it"];
    if (roof.caches) {
        notes.push("dashed slopes are on-chip memories, whose own traffic counts there");
    }
    if (without) {
        notes.push(without + " layers without multiply-accumulates are left out");
    }
    if (inside) {
        notes.push(inside + " that touch no DRAM stand at the right edge");
    }
    return notes.join("; ");
}

function drawRoofline(result) {
    var unit = /^(fp|bf|tf)/.test(result.workload.precision) ? "FLOPS" : "OPS";
    var roof = rooflineOf(result, unit);
    roof.points.forEach(function (point) {
        point.color = boundColor(point.bound);
        point.hint = point.name + " (" + point.op + ")\n" + si(point.tflops * 1e12, unit) + ", " + si(point.time, "s") +
            "\n" + (point.intensity ? plain(point.intensity) + " operations a byte" : "no DRAM traffic") +
            "\nbound by " + point.bound;
    });
    /* Large points first, so that small ones stay on top. */
    roof.points.sort(function (a, b) { return b.time - a.time; });
    note("roofline", rooflineNote(result, roof));
    var bounds = roof.points.map(function (point) { return point.bound; });
    legend("roofline", TIME_PARTS.filter(function (part) { return bounds.indexOf(part[0]) >= 0; }));
    draw("roofline", "roofline", "Roofline of " + result.arch.name,
         {x_limits: roof.limits.x, y_limits: roof.limits.y, x_ticks: ticksOf(roof.limits.x),
          y_ticks: ticksOf(roof.limits.y), rate_unit: unit},
         {points: roof.points, ceilings: roof.lines, labels: roof.labels});
}
