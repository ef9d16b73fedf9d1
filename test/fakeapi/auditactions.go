package fakeapi

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// auditAction is an action, the type of the object that it affects, and the function that sets the
// members for the object.
type auditAction struct {
	action, objectType string
	affects            affectsFunc
}

type affectsFunc func(*rand.Rand, eventBase, *auditEvent)

// auditWeights are the weights of frequent pairs of action and object type, in proportion to the
// one account of which real events are public.
var auditWeights = map[string]int{
	"dlgsess dlgdsess": 4000, "patch items": 700, "view report": 150, "create satoken": 60, "create device": 40,
	"ssotknv ssotkn": 40, "join gm": 30, "delete items": 30, "create sa": 30, "share item": 24, "grant uva": 24,
	"reauth device": 20, "create invite": 20, "grant gva": 16, "activate user": 16, "leave gm": 12,
	"create vault": 12, "suspend user": 8, "delete user": 8, "export vault": 8, "unknown unknown": 2,
}

// auditPairs returns the actions on objects of one type, each as often as its weight.
func auditPairs(objectType string, affects affectsFunc, actions ...string) []auditAction {
	var pairs []auditAction
	for _, action := range actions {
		weight := cmp.Or(auditWeights[action+" "+objectType], 4)
		pairs = append(pairs, slices.Repeat([]auditAction{{action, objectType, affects}}, weight)...)
	}
	return pairs
}

// auditActions are all documented pairs of action and object type, each as often as its weight.
var auditActions = slices.Concat(
	auditPairs("account", affectsAccount,
		"activate", "update", "delete", "convert", "enblduo", "updatduo", "disblduo", "disblmfa", "updatfw", "uisas",
		"vrfydmn", "uvrfydmn", "dvrfydmn"),
	auditPairs("dlgdsess", affectsDelegatedSession, "dlgsess"),
	auditPairs("device", affectsDevice, "create", "update", "delete", "reauth"),
	auditPairs("user", affectsUser, "deolddev", "dealldev"),
	auditPairs("ec", affectsOther, "begin", "propose", "complete"),
	auditPairs("famchild", affectsOther, "rdmchild", "detchild"),
	auditPairs("file", affectsOther, "create"),
	auditPairs("group", affectsGroup, "create", "update", "delete", "purge", "changeks"),
	auditPairs("gm", affectsMember, "join", "leave", "role"),
	auditPairs("gva", affectsGroupAccess, "grant", "update", "revoke"),
	auditPairs("invite", affectsOther, "create", "update", "prsndall"),
	auditPairs("items", affectsItems, "patch"),
	auditPairs("items", affectsVault, "delete", "purge"),
	auditPairs("itemhist", affectsVault, "purge"),
	auditPairs("item", affectsItem, "share", "delshare"),
	auditPairs("mngdacc", affectsOther, "create", "launchi", "unlink"),
	auditPairs("user", affectsSelf, "enblmfa", "updatmfa", "disblmfa"),
	auditPairs("user", affectsUser, "sendpkg", "sendts", "resendts"),
	auditPairs("report", affectsReport, "export", "view"),
	auditPairs("sa", affectsServiceAccount, "create", "expire"),
	auditPairs("satoken", affectsServiceAccountToken, "create", "trename", "tverify", "trevoke"),
	auditPairs("ssotkn", affectsOther, "ssotknv"),
	auditPairs("slackapp", affectsOther, "create", "update", "delete"),
	auditPairs("sso", affectsAccount, "enblsso", "disblsso", "chngpsso", "chngasso", "chngdsso", "addgsso", "delgsso"),
	auditPairs("card", affectsOther, "create", "update", "delete"),
	auditPairs("pm", affectsOther, "create", "delete"),
	auditPairs("sub", affectsOther, "create", "update", "cancel"),
	auditPairs("template", affectsOther, "create", "update", "hide", "unhide", "delete"),
	auditPairs("user", affectsUser, "upguest", "verify"),
	auditPairs("user", affectsSelf, "join"),
	auditPairs("user", affectsUser, "activate", "reactive", "suspend", "delete", "beginr", "completr", "cancelr"),
	auditPairs("user", affectsSelf, "trvlaway", "trvlback"),
	auditPairs("user", affectsUser, "changeks"),
	auditPairs("user", affectsSelf, "changemp", "changesk", "changenm", "changela", "tdvcsso", "sdvcsso"),
	auditPairs("miguser", affectsUser, "create", "musercom", "muserdec"),
	auditPairs("uva", affectsUserAccess, "grant", "update", "revoke"),
	auditPairs("cred", affectsOther, "create", "delete"),
	auditPairs("vault", affectsVault, "create", "delete", "purge", "update", "updatea", "export"),
	auditPairs("unknown", affectsNothing, "unknown"),
)
