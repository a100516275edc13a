import type { Progress } from "../engine/scan.js";
import { printable } from "../reporters/escape.js";
import { bytesText } from "../reporters/quantity.js";

export interface ProgressDisplay {
  readonly update: (progress: Progress) => void;
  readonly stop: () => void;
}

/** Scans that end before show nothing: they are over before anybody reads it. */
const QUIET_MS = 400;
/** Between two lines where no terminal can redraw one. */
const LINE_MS = 2000;

/** A spinner on a terminal, now and then a line elsewhere, both on stderr. */
export function showProgress(isTerminal: boolean): ProgressDisplay {
  return isTerminal ? spinner() : plainLines();
}

function spinner(): ProgressDisplay {
  let latest = "Scanning";
  let stopped = false;
  let stop = () => {};
  let redraw = () => {};
  // ora takes longer to load than most scans take.
  const timer = setTimeout(async () => {
    const { default: ora } = await import("ora");
    if (stopped) return;
    const shown = ora({ text: latest, stream: process.stderr, discardStdin: false }).start();
    redraw = () => {
      shown.text = latest;
    };
    stop = () => shown.stop();
  }, QUIET_MS);
  return {
    update: (progress) => {
      latest = lineOf(progress);
      redraw();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      stop();
    },
  };
}

function plainLines(): ProgressDisplay {
  let due = performance.now() + LINE_MS;
  return {
    update: (progress) => {
      if (performance.now() < due) return;
      due = performance.now() + LINE_MS;
      process.stderr.write(`${lineOf(progress)}\n`);
    },
    stop: () => {},
  };
}

function lineOf({ files, totalFiles, bytes, totalBytes, path }: Progress): string {
  return `Scanned ${files} of ${totalFiles} files, ${bytesText(bytes)} of ${bytesText(totalBytes)}: ${printable(path)}`;
}
