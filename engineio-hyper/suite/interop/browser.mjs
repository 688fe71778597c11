// The browser that the tests of pages drive.

import { chromium } from "playwright-core";

/** Starts a headless Chromium, with these arguments beside those that every test needs. */
export function launch(...args) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // The sandbox needs rights that containers lack; the rest keeps the browser from calling home.
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...args],
  });
}
