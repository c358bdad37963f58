import htmx from "htmx.org";

// The browser's back and forward. A page of the past is fetched anew (there is no cache), so of two quick steps the
// answer of the first may arrive last: every step ends what was still under way, whether a step or a choice on the page.
export function startHistory() {
  let step = null;
  document.addEventListener("htmx:historyCacheMiss", (event) => {
    step?.abort();
    step = event.detail.xhr;
    document.querySelectorAll(".htmx-request").forEach((asking) => htmx.trigger(asking, "htmx:abort"));
  });
}
