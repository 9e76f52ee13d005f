import { findMutants } from "./find-mutants.ts";
import { QUICK_MUTANTS } from "./serving-mutants.ts";
import { openServing } from "./worlds.ts";

findMutants(QUICK_MUTANTS, ({ mistakes }) => openServing(mistakes));
