import * as echarts from "echarts/core";
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

echarts.use([LineChart, AriaComponent, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const LOOK = {
  unit: { color: "--series-unit", type: "solid", width: 2.25, symbol: "circle" },
  median: { color: "--series-median", type: "dashed", width: 1.75, symbol: "none" },
  city: { color: "--series-city", type: "solid", width: 1.75, symbol: "none" },
};

// <div class="w-chart" data-chart="id-of-json"> with {labels, unit, target, summary, series: [{name, look, values}]}
function draw(holder) {
  const data = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
  const chart = echarts.getInstanceByDom(holder) ?? echarts.init(holder, null, { renderer: "svg" });
  const text = { fontFamily: token("--font"), fontSize: 12, color: token("--ink-2") };
  chart.setOption({
    animation: false,
    textStyle: text,
    aria: { enabled: true, label: { description: data.summary } },
    grid: { left: 52, right: 96, top: 20, bottom: 32 },
    tooltip: { trigger: "axis", backgroundColor: token("--surface"), borderColor: token("--line-2"), textStyle: { ...text, color: token("--ink") }, valueFormatter: (v) => (v == null ? "—" : `${v}${data.unit}`) },
    xAxis: { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-2") } }, axisLabel: { ...text, hideOverlap: true } },
    yAxis: { type: "value", scale: true, axisLabel: { ...text, formatter: `{value}${data.unit}` }, splitLine: { lineStyle: { color: token("--line") } } },
    series: data.series.map((series, index) => {
      const look = LOOK[series.look];
      const color = token(look.color);
      return {
        type: "line", name: series.name, data: series.values, symbol: look.symbol, symbolSize: 6, connectNulls: false,
        lineStyle: { color, width: look.width, type: look.type }, itemStyle: { color },
        endLabel: { show: true, formatter: "{a}", color, fontSize: 12 }, labelLayout: { moveOverlap: "shiftY" },
        markLine: index === 0 && data.target != null ? { silent: true, symbol: "none", lineStyle: { color: token("--series-target"), type: "dotted" }, label: { formatter: `目标 ${data.target}${data.unit}`, position: "insideStartTop", color: token("--series-target") }, data: [{ yAxis: data.target }] } : undefined,
      };
    }),
  });
}

const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
all();
document.addEventListener("htmx:afterSwap", all);
window.addEventListener("resize", () => document.querySelectorAll("[data-chart]").forEach((h) => echarts.getInstanceByDom(h)?.resize()));
new MutationObserver(all).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
