import { isStatus } from "../../../transport/kubernetes/error.ts";

/** Attempts on a conflict with another client. */
const MAX_ATTEMPTS = 4;

/**
 * Reads and writes again after a conflict.
 * @param work takes the number of the attempt, from 1
 * @param statuses of conflicts
 * @throws the error of the last attempt, and other errors at once
 */
export async function onConflict<T>(
  work: (attempt: number) => Promise<T>,
  statuses: readonly number[] = [409],
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!isStatus(error, ...statuses) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
