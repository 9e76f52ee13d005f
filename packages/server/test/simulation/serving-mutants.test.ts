import { findMutants } from "./find-mutants.ts";
import { QUICK_MUTANTS } from "./serving-mutants.ts";

findMutants(QUICK_MUTANTS);
