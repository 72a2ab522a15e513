import { render } from "preact";
import { readAddresses } from "./addresses.ts";
import { Lab } from "./lab.ts";
import { LabPage } from "./labPage.tsx";

const lab = new Lab(await readAddresses());
lab.start();
const root = document.getElementById("lab");
if (root !== null) render(<LabPage lab={lab} />, root);
