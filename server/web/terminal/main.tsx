/** Begins the terminal's page. */
import { render } from "preact";
import { resume } from "../model/current.ts";
import { App } from "../parts/app.tsx";

render(<App />, document.getElementById("terminal") as HTMLElement);
void resume();
