import { findMutants } from "./find-mutants.ts";
import { RARE_MUTANTS } from "./serving-mutants.ts";

findMutants(RARE_MUTANTS);
