import * as echarts from "echarts/core";
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";

echarts.use([LineChart, AriaComponent, GridComponent, LabelLayout, MarkLineComponent, SVGRenderer, TooltipComponent]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const LOOK = {
  unit: { color: "--series-unit", type: "solid", width: 2.25, symbol: "circle", z: 4 },
  median: { color: "--series-median", type: "dashed", width: 1.75, symbol: "none", z: 3 },
  city: { color: "--series-city", type: "solid", width: 1.75, symbol: "none", z: 2 },
};
const shown = (value) => (value == null ? "—" : value.toLocaleString("zh-CN"));

// <div class="w-chart" data-chart="id-of-json"> with {labels, unit, target, targetName, summary, series: [{name, look, values}]}
function draw(holder) {
  const data = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
  const chart = echarts.getInstanceByDom(holder) ?? echarts.init(holder, null, { renderer: "svg" });
  chart.setOption(options(data), { notMerge: true });
}

function options(data) {
  const text = { fontFamily: token("--font"), fontSize: 12, color: token("--ink-2") };
  return {
    animation: false,
    textStyle: text,
    aria: { enabled: true, label: { description: data.summary } },
    grid: { left: 8, right: 84, top: 24, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis", backgroundColor: token("--surface"), borderColor: token("--line-2"), borderWidth: 1, extraCssText: "box-shadow:none",
      textStyle: { ...text, color: token("--ink") }, valueFormatter: (value) => (value == null ? "—" : `${shown(value)}${data.unit}`),
      axisPointer: { lineStyle: { color: token("--line-2") } },
    },
    xAxis: { type: "category", data: data.labels, boundaryGap: false, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-2") } }, axisLabel: { ...text, fontSize: 11, hideOverlap: true } },
    yAxis: { type: "value", scale: true, min: (range) => lowest(range, data.target), max: (range) => highest(range, data.target), axisLabel: { ...text, fontSize: 11, formatter: (value) => `${shown(value)}${data.unit === "%" ? "%" : ""}` }, splitLine: { lineStyle: { color: token("--line") } } },
    series: data.series.map((series, index) => line(series, index, data)),
  };
}

function line(series, index, data) {
  const look = LOOK[series.look];
  const color = token(look.color);
  const main = series.look === "unit";
  return {
    type: "line", name: series.name, data: series.values, symbol: look.symbol, symbolSize: 6, showAllSymbol: true, connectNulls: false, z: look.z,
    lineStyle: { color, width: look.width, type: look.type }, itemStyle: { color }, emphasis: { disabled: true },
    endLabel: { show: true, formatter: "{a}", color: main ? color : token("--ink-2"), fontSize: 12, lineHeight: 17, fontWeight: main ? 600 : 400 }, labelLayout: { moveOverlap: "shiftY" },
    markLine: index === 0 && data.target != null ? target(data) : undefined,
  };
}

function target(data) {
  const color = token("--series-target");
  return { silent: true, symbol: "none", lineStyle: { color, type: "dotted", width: 1.5 }, label: { formatter: `${data.targetName} ${shown(data.target)}${data.unit}`, position: "insideStartTop", color, fontSize: 12 }, data: [{ yAxis: data.target }] };
}

// The axis does not start at 0 for lines, holds the target, and ends on round numbers.
const nice = (span) => { const power = 10 ** Math.floor(Math.log10(span || 1)); return [1, 2, 5, 10].map((s) => s * power).find((s) => s >= span / 4) ?? power; };
const step = (range, goal) => nice(Math.max(range.max, goal ?? range.max) - Math.min(range.min, goal ?? range.min));
const tidy = (number) => Number(number.toFixed(6));
function lowest(range, goal) {
  const size = step(range, goal), low = Math.min(range.min, goal ?? range.min);
  const start = Math.floor(low / size) * size;
  return tidy(low >= 0 ? Math.max(start, 0) : start);
}
function highest(range, goal) {
  const size = step(range, goal), high = Math.max(range.max, goal ?? range.max);
  return tidy(Math.ceil(high / size) * size || size);
}

const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
const resize = () => document.querySelectorAll("[data-chart]").forEach((holder) => echarts.getInstanceByDom(holder)?.resize());
all();
document.addEventListener("htmx:afterSettle", all);
document.addEventListener("htmx:historyRestore", all);
window.addEventListener("resize", resize);
window.addEventListener("beforeprint", resize);
new MutationObserver(all).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
