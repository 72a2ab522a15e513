// What tells the operators that something is wrong. docs/operations.md explains each alert and what to do.

param suffix string
param environmentName string
param location string
param tags object
param workspaceId string
param insightsId string
param functionsUrl string

@description('The address that receives alerts, or empty.')
param email string

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'notifyusers'
    emailReceivers: [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
  }
}

// ---- Is the app there? ----

// Three places, every 15 minutes: an execution costs, and starts the app if it is idle.
resource availability 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'health-${suffix}'
  location: location
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'health-${suffix}'
    Name: 'notify-users (${environmentName}): health'
    Kind: 'standard'
    Enabled: true
    Frequency: 900
    // An idle app has to start first.
    Timeout: 60
    RetryEnabled: true
    Locations: [{ Id: 'emea-nl-ams-azr' }, { Id: 'us-va-ash-azr' }, { Id: 'apac-sg-sin-azr' }]
    Request: { RequestUrl: '${functionsUrl}/api/health', HttpVerb: 'GET' }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 7
      ContentValidation: { ContentMatch: '"status":"ok"', IgnoreCase: false, PassIfTextFound: true }
    }
  }
}

resource unavailable 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'unavailable-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The app does not answer /api/health in two of three places.'
    enabled: true
    severity: 1
    scopes: [availability.id, insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      componentId: insightsId
      webTestId: availability.id
      failedLocationCount: 2
    }
    actions: empty(email) ? [] : [{ actionGroupId: operators.id }]
  }
}

// ---- What do the logs say? ----

type alert = {
  name: string
  description: string
  query: string
  @description('Fires above this many lines in 15 minutes.')
  above: int
  severity: 0 | 1 | 2 | 3 | 4
  @description('How often the query runs. Every 5 minutes costs three times as much as every 15.')
  every: 'PT5M' | 'PT15M'
  @description('Whether the alert resolves itself when the lines stop.')
  ends: bool
}

var alerts alert[] = [
  {
    // The worker's and the host's own words. An app that does not load writes nothing else, and answers no
    // request that another rule could count.
    name: 'not-loaded'
    description: 'The app does not load. No function runs until this is fixed. The line before it in the log names the settings that are wrong.'
    query: '''
union AppTraces, AppExceptions
| where Message has_any ("Worker was unable to load entry point", "Worker failed to index functions")
  or OuterMessage has_any ("Worker was unable to load entry point", "Worker failed to index functions")
'''
    above: 0
    severity: 1
    every: 'PT5M'
    ends: true
  }
  {
    name: 'hub-credentials-refused'
    description: 'The hub refuses the app\'s credentials, or does not exist. Nothing is delivered until this is fixed.'
    query: '''
AppTraces
| where Message contains '"outcome":"credentials-refused"'
  or (Message contains 'registration-failed' and Message contains '"kind":"credentials"')
'''
    above: 0
    severity: 1
    every: 'PT5M'
    ends: true
  }
  {
    name: 'sending-off'
    description: 'An operator has switched all sending off. Type npm run switch -- on when the reason is gone.'
    query: '''
AppTraces
| where Message contains '"outcome":"sending-off"'
'''
    above: 0
    severity: 2
    every: 'PT15M'
    ends: true
  }
  {
    // Storage has no metric for the length of one queue, so the query counts the log lines of messages
    // put there. The alert stays until an operator closes it.
    name: 'poison-queue'
    description: 'The poison queue holds notifications. Run npm run redrive.'
    query: '''
AppTraces
| where Message contains '"outcome":"expired"' or Message contains '"outcome":"poisoned"'
  or (Message contains '"outcome":"dropped"' and Message contains '"platform":')
  or Message contains 'notifications-poison'
'''
    above: 0
    severity: 2
    every: 'PT15M'
    ends: false
  }
  {
    name: 'failed-requests'
    description: 'The functions return 5xx, or redelivery fails.'
    query: '''
AppRequests
| where Success == false or toint(ResultCode) >= 500
'''
    above: 5
    severity: 2
    every: 'PT15M'
    ends: true
  }
  {
    name: 'circuit-open'
    description: 'The hub does not respond. Inserts continue, and their notifications are sent when it responds again.'
    query: '''
AppTraces
| where Message contains '"outcome":"circuit-open"'
'''
    above: 0
    severity: 2
    every: 'PT15M'
    ends: true
  }
]

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for one in alerts: {
    name: '${one.name}-${suffix}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'notify-users (${environmentName}): ${one.name}'
      description: one.description
      enabled: true
      severity: one.severity
      scopes: [workspaceId]
      evaluationFrequency: one.every
      windowSize: 'PT15M'
      autoMitigate: one.ends
      // One e-mail a day, not one at every evaluation, while an operator has not closed it.
      muteActionsDuration: one.ends ? null : 'P1D'
      // The tables do not exist until the first log line arrives.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: one.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: one.above
            failingPeriods: { minFailingPeriodsToAlert: 1, numberOfEvaluationPeriods: 1 }
          }
        ]
      }
      actions: { actionGroups: empty(email) ? [] : [operators.id] }
    }
  }
]
