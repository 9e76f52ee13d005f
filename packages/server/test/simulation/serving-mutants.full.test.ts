import { findMutants } from "./find-mutants.ts";
import { RARE_MUTANTS } from "./serving-mutants.ts";
import { openServing } from "./worlds.ts";

findMutants(RARE_MUTANTS, ({ mistakes }) => openServing(mistakes));
