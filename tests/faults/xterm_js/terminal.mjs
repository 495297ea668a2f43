// xterm.js with its image add-on in headless Chromium.  Lines on stdin: `W base64` output of the
// program, `K key` a key as Puppeteer names it, `S path` a screenshot of the cells.  Lines on
// stdout: `D base64` what the terminal sends, `R columns rows` ready, `P path` a screenshot is there.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

const [columns, rows] = process.argv.slice(2).map(Number);
const require = createRequire(import.meta.url);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const page = await browser.newPage();
await page.setViewport({ width: 1500, height: 1000 });
await page.setContent("<body style='margin:0;background:black'><div id=t></div></body>");
await page.addStyleTag({ path: require.resolve("@xterm/xterm/css/xterm.css") });
await page.addScriptTag({ path: require.resolve("@xterm/xterm") });
await page.addScriptTag({ path: require.resolve("@xterm/addon-image") });
await page.exposeFunction("send", (data) => console.log(`D ${Buffer.from(data).toString("base64")}`));
await page.evaluate(
  (columns, rows) => {
    const term = new Terminal({
      cols: columns,
      rows: rows,
      allowProposedApi: true,
      fontFamily: "DejaVu Sans Mono",
      fontSize: 14,
    });
    term.loadAddon(new ImageAddon.ImageAddon());
    term.open(document.getElementById("t"));
    term.onData((data) => window.send(data));
    term.focus();
    window.term = term;
  },
  columns,
  rows,
);
console.log(`R ${columns} ${rows}`);
for await (const line of createInterface({ input: process.stdin })) {
  const [kind, rest] = [line[0], line.slice(2)];
  if (kind === "W") {
    await page.evaluate((text) => {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      return new Promise((done) => window.term.write(bytes, done));
    }, rest);
  } else if (kind === "K") {
    await page.keyboard.press(rest);
  } else if (kind === "S") {
    const cells = await page.$(".xterm-screen");
    await cells.screenshot({ path: rest });
    console.log(`P ${rest}`);
  }
}
await browser.close();
