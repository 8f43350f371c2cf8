/** Field with the path of the capture that contains the event of an alert; see docs/flight-recorder.md. */
export const CAPTURE = "eyas.capture";
