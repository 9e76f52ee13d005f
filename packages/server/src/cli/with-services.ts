import type { Services, ServicesOptions } from "../services.ts";

/**
 * Runs a command's work on the services that the server runs on too, against the database that the environment names.
 * They are loaded here and not before: `--help` needs no database driver.
 */
export async function withServices<T>(work: (services: Services) => Promise<T>, options?: ServicesOptions): Promise<T> {
  const [{ parseConfig }, { createServices }] = await Promise.all([import("../config.ts"), import("../services.ts")]);
  const services = await createServices(parseConfig(process.env), options);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}
