# about: npm install with a native addon, and the C programs of Debian source packages configured, built and tested
# needs: npm gcc make apt-get dpkg-source
. "${0%/*}/lib.sh"

. /etc/os-release
echo "deb-src http://deb.debian.org/debian $VERSION_CODENAME main" >"$WORK/sources.list"
mkdir -p "$WORK/lists/partial" "$WORK/sources" "$WORK/node"
apt="-o Dir::Etc::SourceList=$WORK/sources.list -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists=$WORK/lists"
apt-get $apt update
cd "$WORK/sources" || exit
apt-get $apt source make dash git

build() {
  cd "$WORK/sources/$1"* || return
  shift
  "$@"
  make -j2
  make -k check
  make clean
}
build make- ./configure
build dash- ./configure

cd "$WORK/node" || exit
echo '{"name": "benign", "version": "1.0.0", "private": true}' >package.json
npm install express typescript esbuild webpack
npm install better-sqlite3@12 --build-from-source
npx --no-install tsc --version
npm ls

while more; do
  (cd "$WORK"/sources/git-* && make -j2 NO_CURL=1 NO_EXPAT=1 NO_GETTEXT=1 NO_OPENSSL=1 NO_TCLTK=1 && make clean)
  build make- ./configure
done
