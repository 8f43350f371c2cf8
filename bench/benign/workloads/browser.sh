# about: Chromium, headless and in a window, opens pages as an unprivileged user
# needs: chromium xvfb-run python3 setpriv
. "${0%/*}/lib.sh"

trap 'kill $started 2>/dev/null; wait' EXIT
mkdir -p "$WORK/www" "$WORK/home"
chown -R nobody:nogroup "$WORK"
cat >"$WORK/www/index.html" <<END
<!doctype html><title>benign</title><h1>Page</h1><canvas id=c></canvas>
<script src="https://deb.debian.org/a.js"></script><img src="https://registry.npmjs.org/a.png">
<link rel=preconnect href="https://pypi.org"><video src=a.mp4></video>
<script>
  const peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:deb.debian.org:19302" }] });
  peer.createDataChannel("a"); peer.createOffer().then((offer) => peer.setLocalDescription(offer));
  new Worker(URL.createObjectURL(new Blob(["postMessage(1)"])));
  localStorage.a = "1"; indexedDB.open("a"); fetch("/data").catch(() => {});
</script>
END
start python3 -m http.server --bind 127.0.0.1 --directory "$WORK/www" 18081
as_nobody() {
  setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$WORK/home" XDG_RUNTIME_DIR="$WORK/home" TMPDIR="$WORK/home" "$@"
}
flags="--no-first-run --disable-gpu --user-data-dir=$WORK/home/profile"
page=http://127.0.0.1:18081/
while more; do
  as_nobody timeout 15 chromium $flags --headless --virtual-time-budget=5000 --screenshot="$WORK/home/a.png" "$page"
  as_nobody timeout 15 chromium $flags --headless --virtual-time-budget=5000 --dump-dom "$page" >/dev/null
  as_nobody timeout 15 chromium $flags --headless --print-to-pdf="$WORK/home/a.pdf" https://deb.debian.org/
  as_nobody timeout 15 xvfb-run -a chromium $flags "$page" https://www.debian.org/ about:version
done
