// Writes test/dashboards/testdata/kql.json: the query DSL of each query in KQL in kibana/7, by the query.
// docs/testing.md says how to run it.
'use strict';

const fs = require('fs');
const path = require('path');
const { fromKueryExpression, toElasticsearchQuery } = require('@cybernetex/kbn-es-query');

const top = path.join(__dirname, '..', '..');
const translated = {};

// collect translates the queries in a value, which are objects with language and query.
function collect(file, value) {
  if (value === null || typeof value !== 'object') return;
  if (value.language === 'kuery') {
    try {
      translated[value.query] = toElasticsearchQuery(fromKueryExpression(value.query), null);
    } catch (error) {
      console.error(`${file}: ${error.message}`);
      process.exitCode = 1;
    }
  }
  for (const member of Object.values(value)) collect(file, member);
}

const kibana = path.join(top, 'kibana', '7');
for (const kind of fs.readdirSync(kibana).sort()) {
  for (const file of fs.readdirSync(path.join(kibana, kind)).sort()) {
    collect(file, JSON.parse(fs.readFileSync(path.join(kibana, kind, file), 'utf8')));
  }
}
const sorted = Object.fromEntries(Object.keys(translated).sort().map((query) => [query, translated[query]]));
const target = path.join(top, 'test', 'dashboards', 'testdata', 'kql.json');
fs.writeFileSync(target, JSON.stringify(sorted, null, 1) + '\n');
