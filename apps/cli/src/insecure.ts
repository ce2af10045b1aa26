/** Said on every run of a mirror with `insecure_skip_verify`. */
export const INSECURE =
  "servers are not verified (insecure_skip_verify): whoever controls the network can pose as them";
