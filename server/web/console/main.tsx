/** Begins the console's page. */
import { render } from "preact";
import { resume } from "../model/operator.ts";
import { ConsoleApp } from "../parts/console/app.tsx";

render(<ConsoleApp />, document.getElementById("console") as HTMLElement);
void resume();
