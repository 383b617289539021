set -eu
for preset in study service custom; do
  made=$(mktemp --directory)/made
  CI=true scaffold new "$made" --blueprint . --preset "$preset" --data package=made --defaults
  python "$made/src/made/__main__.py"   # and your linter, type checker and tests
done
