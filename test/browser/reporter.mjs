// Reports as `go test -json` does, so that one program counts all tests.
import { basename } from "node:path";

const why = (error) => {
  const cause = error?.cause ?? error;
  return `${cause?.stack ?? cause?.message ?? cause}\n`;
};

export default async function* report(source) {
  const names = []; // of the tests that the next event stands in
  const line = (event) => JSON.stringify(event) + "\n";
  for await (const { type, data } of source) {
    if (type === "test:start") {
      names.length = data.nesting;
      names.push(data.name.replaceAll("/", "∕")); // a slash divides test from subtest
      continue;
    }
    if (type === "test:stderr" || type === "test:stdout") {
      yield line({ Action: "build-output", Output: data.message }); // shown as it comes
      continue;
    }
    if (type !== "test:pass" && type !== "test:fail") continue;
    const file = basename(data.file ?? "", ".test.mjs");
    const event = {
      Package: "test/browser",
      Test: [file, ...names.slice(0, data.nesting), data.name.replaceAll("/", "∕")].join("/"),
      Elapsed: data.details.duration_ms / 1000,
    };
    if (type === "test:fail") {
      yield line({ ...event, Action: "output", Output: why(data.details.error) });
      yield line({ ...event, Action: "fail" });
    } else if (data.skip !== undefined) {
      yield line({ ...event, Action: "output", Output: `${data.skip === true ? "no reason given" : data.skip}\n` });
      yield line({ ...event, Action: "skip" });
    } else {
      yield line({ ...event, Action: "pass" });
    }
  }
  yield line({ Action: "pass", Package: "test/browser", Elapsed: 0 });
}
