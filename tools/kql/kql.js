// Writes detections/dsl: the query DSL of the queries in KQL of each rule in detections/rules, in
// order, with the hash of each query. The parser is that of Kibana 7; KQL is the same in 8 and 9.
// docs/testing.md says how to run it.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const yaml = require('js-yaml');
const { fromKueryExpression, toElasticsearchQuery } = require('@cybernetex/kbn-es-query');

const detections = path.join(__dirname, '..', '..', 'detections');

// translate returns a query in KQL, as package detections reads it, with its DSL.
function translate(text) {
  const query = text.trim().split(/\s+/).join(' ');
  return {
    sha256: crypto.createHash('sha256').update(query).digest('hex'),
    query: toElasticsearchQuery(fromKueryExpression(query), null),
  };
}

fs.rmSync(path.join(detections, 'dsl'), { recursive: true, force: true });
fs.mkdirSync(path.join(detections, 'dsl'));
for (const file of fs.readdirSync(path.join(detections, 'rules'))) {
  const rule = yaml.load(fs.readFileSync(path.join(detections, 'rules', file), 'utf8'));
  const queries = rule.sequence ? rule.sequence.steps.map((step) => step.query) : [rule.query];
  const target = path.join(detections, 'dsl', `${path.basename(file, '.yml')}.json`);
  try {
    fs.writeFileSync(target, JSON.stringify(queries.map(translate), null, 2) + '\n');
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    process.exitCode = 1;
  }
}
