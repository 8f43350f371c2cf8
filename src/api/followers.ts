import { ApiError } from "./api-error.ts";
import type { Followers } from "./dependencies.ts";

/** Maximum number of event streams, in total and per user. Each stream queries the store several times per second. */
const MAX_STREAMS = 64;
const MAX_OF_USER = 16;

export function openFollowers(): Followers {
  const followers: string[] = [];
  return {
    join(user) {
      const own = followers.filter((one) => one === user).length;
      if (followers.length >= MAX_STREAMS)
        throw new ApiError(503, "followers", `Too many event streams: ${MAX_STREAMS} are open.`);
      if (own >= MAX_OF_USER) throw new ApiError(503, "followers", `${user} already has ${own} open event streams.`);
      followers.push(user);
    },
    leave(user) {
      followers.splice(followers.indexOf(user), 1);
    },
  };
}
